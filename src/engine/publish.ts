import type { Actor } from '../access/index.ts';
import { append, type LoggedRows, type LogRow, parseEvent, type Submission } from '../events/index.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Outcome } from '../kernel/outcome.ts';
import type { Clock, Tx } from '../kernel/ports.ts';
import type { Refusal } from '../kernel/refusals.ts';
import { formatTime, localTime } from '../kernel/time.ts';
import { holdAccounts } from '../users/index.ts';
import { admit } from './admit.ts';
import { runBatch } from './batch.ts';
import type { EventJob } from './job.ts';
import type { EventResult } from './model.ts';
import type { Rulebook } from './rulebook.ts';

/** An event that was looked at, to be written at the end of a transaction. */
export interface Prepared {
  readonly event: Submission;
  /** Whether its sender named it: then it is an identity, and sent again it is no second event. */
  readonly isNamed: boolean;
  readonly receivedAt: number;
  /** Version of the catalog that it was held against. */
  readonly version: number;
}

/** Takes events into a transaction of the caller's: they are there when it commits, and with them what they earn. */
export interface Publisher {
  /** Examines an event as far as that is possible without the database. */
  prepare(raw: unknown): Outcome<Prepared>;
  /** Writes them in their order. The log stands still until the transaction ends: nothing slow may come after. Throws EventRefused. */
  write(tx: Tx, events: readonly Prepared[], actor: Actor): Promise<LoggedRows<LogRow> | null>;
}

/** An event that cannot be published. The transaction that wanted to must not commit. */
export class EventRefused extends Error {
  override readonly name = 'EventRefused';
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.path === undefined || refusal.path === '' ? refusal.message : `${refusal.path}: ${refusal.message}`);
    this.refusal = refusal;
  }
}

/** What nobody named needs no name while it is looked at. */
const UNNAMED = 'evt_0';

export function createPublisher(dependencies: {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly rulebook: () => Rulebook;
  readonly userDigest: (user: string) => string;
  readonly job: (event: Submission, actor: Actor, receivedAt: number, answer: EventJob['answer']) => EventJob;
}): Publisher {
  const { clock, ids, rulebook, userDigest, job } = dependencies;

  /** The rules hear them: all that a posted event brings about is decided in this transaction. */
  async function decide(tx: Tx, events: readonly Prepared[], rules: Rulebook, actor: Actor): Promise<LoggedRows<LogRow> | null> {
    const answered: EventResult[] = [];
    const jobs = events.map(({ event, receivedAt }) => job(event, actor, receivedAt, (result) => answered.push(result)));
    const { answers, logged } = await runBatch(tx, jobs, rules, ids, false);
    for (const answer of answers) answer();
    for (const result of answered) if (result.status === 'refused') throw new EventRefused(result);
    return logged;
  }

  return {
    prepare(raw) {
      const receivedAt = clock.now();
      const parsed = parseEvent(raw, receivedAt, () => UNNAMED);
      if (!parsed.ok) return parsed;
      const event = parsed.value;
      const { version, catalog } = rulebook();
      const admitted = admit(event, catalog);
      if (!admitted.ok) return admitted;
      const isNamed = event.id !== UNNAMED || (raw as { readonly id?: unknown }).id !== undefined;
      return { ok: true, value: { event, isNamed, receivedAt, version } };
    },

    async write(tx, events, actor) {
      if (events.length === 0) return null;
      const rules = rulebook();
      for (const { event, version } of events) {
        const admitted = version === rules.version ? undefined : admit(event, rules.catalog);
        if (admitted?.ok === false) throw new EventRefused(admitted.refusal);
      }
      const unheard = events.every(({ event, isNamed }) => !isNamed && isUnheard(rules, event.type));
      const accounts = unheard ? await accountsOf(tx, events) : undefined;
      if (accounts === undefined) {
        const named = events.map((one) => (one.isNamed ? one : { ...one, event: { ...one.event, id: freshId() } }));
        return decide(tx, named, rules, actor);
      }
      const rows = events.map(({ event }) => rowOf(event, accounts.get(event.user) ?? 0, rules.catalog.timezone));
      const latest = events.reduce((time, { receivedAt }) => Math.max(time, receivedAt), 0);
      const from = await append(tx, { rows, claims: [], fence: rules.version, generation: null, recordedAt: formatTime(latest) });
      const names = new Map<number, string>();
      for (const { event } of events) names.set(accounts.get(event.user) ?? 0, event.user);
      return { from, rows, names, recordedAt: latest };
    },
  };

  function freshId(): string {
    return `evt_${ids.uuid().replaceAll('-', '')}`;
  }

  /** Accounts by outside id, which cannot be erased before the transaction ends; undefined where somebody is new. */
  async function accountsOf(tx: Tx, events: readonly Prepared[]): Promise<ReadonlyMap<string, number> | undefined> {
    const digests = new Map<string, string>();
    for (const { event } of events) if (!digests.has(event.user)) digests.set(event.user, userDigest(event.user));
    const held = await holdAccounts(tx, [...digests.values()]);
    if (held.size < digests.size) return undefined;
    return new Map([...digests].map(([user, digest]) => [user, held.get(digest) ?? 0]));
  }
}

/** Nothing in the catalog listens to such events: they move nothing but the log. */
function isUnheard(rules: Rulebook, type: string): boolean {
  const { metrics, streaks, rules: listening } = rules.listeners(type);
  return metrics.length + streaks.length + listening.length === 0;
}

/** Known by its place in the log, as what Diana announces is. */
function rowOf(event: Submission, account: number, timezone: string): LogRow {
  return {
    type: event.type,
    account,
    id: null,
    source: event.source,
    occurredAt: formatTime(event.time.ms),
    writtenOffset: event.time.offset === null ? null : event.time.offset / 1_000,
    // Nothing counts by the day of an event that nothing hears: the catalog's calendar will do where the time has none.
    localDay: localTime(event.time, null, timezone).day,
    data: JSON.stringify(event.data),
    correlationId: event.correlationId,
    causationId: event.causationId,
    cause: null,
    facts: 0,
    moves: null,
  };
}
