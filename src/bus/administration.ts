import { type Actor, appendAudit } from '../access/index.ts';
import { type Outcome, refused } from '../kernel/outcome.ts';
import { compilePattern } from '../kernel/pattern.ts';
import type { Clock, Database, Randomness, Tx } from '../kernel/ports.ts';
import { formatTime, SECOND } from '../kernel/time.ts';
import type { ReplayAnswer } from './face.ts';
import { positionBefore, readHead } from './log-store.ts';
import { DEFAULTS, parseNew, parseStart, parseSubscriptionChange, type NewSubscription, type Start } from './settings.ts';
import { newSecret } from './signature.ts';
import type { Subscription } from './subscription.ts';
import { REGRESSED } from './supervisor.ts';
import * as store from './subscription-store.ts';

/** Changes to subscriptions: each in one transaction with its audit row, and heard of by every process. */
export interface Administration {
  create(input: unknown, actor: Actor): Promise<Outcome<{ readonly name: string; readonly secret: string | null }>>;
  /** For handlers of this process: code says what they are, so it is made or brought up to date. */
  ensure(subscription: NewSubscription, actor: Actor): Promise<Outcome<null>>;
  change(name: string, change: unknown, actor: Actor): Promise<Outcome<null>>;
  remove(name: string, actor: Actor, reason: string | null): Promise<Outcome<null>>;
  setState(name: string, state: 'active' | 'paused', actor: Actor, reason: string | null): Promise<Outcome<null>>;
  /** The receiver wants no more; in the transaction that notes it. */
  disable(tx: Tx, name: string, reason: string): Promise<void>;
  rotate(name: string, overlap: number, actor: Actor): Promise<Outcome<{ readonly secret: string; readonly until: string }>>;
  replay(name: string, input: unknown, actor: Actor): Promise<Outcome<ReplayAnswer>>;
}

const SYSTEM: Actor = { id: '@system', role: 'admin', account: null };
/** Two that were replaced sign beside the new one; more are no rotation. */
const MAX_SECRETS = 3;

export function createAdministration(dependencies: {
  readonly database: Database;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly changed: () => Promise<void>;
  readonly hasRedis: boolean;
}): Administration {
  const { database, clock, randomness, changed, hasRedis } = dependencies;
  const now = (): string => formatTime(clock.now());

  async function changing<T>(work: (tx: Tx) => Promise<Outcome<T>>): Promise<Outcome<T>> {
    const result = await database.transaction(async (tx) => {
      const outcome = await work(tx);
      if (outcome.ok) await store.bumpChange(tx);
      return outcome;
    });
    if (result.ok) await changed();
    return result;
  }

  /** Runs on a subscription that nobody else changes meanwhile. */
  async function onOne<T>(name: string, work: (tx: Tx, before: Subscription) => Promise<Outcome<T>>): Promise<Outcome<T>> {
    return changing(async (tx) => {
      const before = await store.lockSubscription(tx, name);
      return before === undefined ? unknown(name) : work(tx, before);
    });
  }

  async function placeOf(tx: Tx, from: Start): Promise<number> {
    if (from === 'beginning') return 0;
    const head = await readHead(tx);
    if (from === 'now') return head;
    return 'position' in from ? from.position : positionBefore(tx, from.time);
  }

  async function insert(
    tx: Tx,
    wanted: NewSubscription,
    actor: Actor,
  ): Promise<Outcome<{ name: string; secret: string | null }>> {
    const { name, kind, from, secret: own, ...rest } = wanted;
    const position = await placeOf(tx, from);
    const head = await readHead(tx);
    if (position > head) {
      return refused({
        code: 'malformed',
        path: '/from',
        message: `the log ends at ${head}: history regressed, or the position is none`,
      });
    }
    const other = kind === 'redis' ? await store.relayTo(tx, rest.settings.stream ?? '') : undefined;
    if (other !== undefined)
      return refused({
        code: 'name_taken',
        path: '/stream',
        message: `"${other}" writes to these streams: give it another prefix`,
      });
    const secret = kind === 'webhook' ? (own ?? newSecret(randomness.bytes(32))) : null;
    const secrets = secret === null ? null : [{ secret, until: null }];
    const made = await store.insertSubscription(tx, { name, kind, ...rest, secrets }, { at: now(), by: actor.id, position });
    if (!made) return refused({ code: 'name_taken', path: '/name', message: `there is a subscription "${name}" already` });
    const after = { kind, types: rest.types, filter: rest.filter, position, url: rest.settings.url };
    await appendAudit(tx, actor, { action: 'subscription.create', target: targetOf(name), before: null, after, reason: null });
    return { ok: true, value: { name, secret } };
  }

  async function replayInto(tx: Tx, before: Subscription, input: Replay, from: number, actor: Actor): Promise<Outcome<null>> {
    const { into, url, stream } = input;
    if (into === undefined) return { ok: true, value: null };
    if (before.kind === 'handler')
      return refused({
        code: 'malformed',
        path: '/into',
        message: `handlers live in programs: subscribe there under a new name, with { from: ${from} }`,
      });
    const settings = {
      ...before.settings,
      ...(url === undefined ? {} : { url }),
      ...(before.kind === 'redis' ? { stream: stream ?? into } : {}),
    };
    const parsed = parseNew({
      name: into,
      kind: before.kind,
      types: before.types,
      filter: before.filter ?? undefined,
      from,
      ...(before.kind === 'webhook' ? { url: settings.url, secret: before.secrets[0]?.secret } : { stream: settings.stream }),
    });
    if (!parsed.ok) return parsed;
    const inserted = await insert(tx, { ...parsed.value, settings }, actor);
    return inserted.ok ? { ok: true, value: null } : inserted;
  }

  return {
    async create(input, actor) {
      const parsed = parseNew(input);
      if (!parsed.ok) return parsed;
      if (isOwn(parsed.value.name)) return ownName(parsed.value.name);
      if (parsed.value.kind === 'handler')
        return refused({ code: 'malformed', path: '/kind', message: 'handlers are subscribed by the program that holds them' });
      if (parsed.value.kind === 'redis' && !hasRedis)
        return refused({ code: 'malformed', path: '/kind', message: 'no Redis is configured: set DIANA_REDIS_URL' });
      return changing((tx) => insert(tx, parsed.value, actor));
    },

    async ensure(wanted, actor) {
      const [known] = await store.readSubscriptions({ query: database.read.bind(database) }, [wanted.name]);
      if (known !== undefined && isSame(known, wanted)) return { ok: true, value: null };
      return changing(async (tx) => {
        const before = await store.lockSubscription(tx, wanted.name);
        if (before === undefined) {
          const inserted = await insert(tx, wanted, actor);
          return inserted.ok ? { ok: true, value: null } : inserted;
        }
        if (before.kind !== wanted.kind)
          return refused({ code: 'name_taken', path: '/name', message: `"${wanted.name}" is a ${before.kind}` });
        const { types, filter, settings } = wanted;
        await store.updateSubscription(tx, { ...before, types, filter, settings });
        await store.evictOwner(tx, wanted.name);
        await audit(tx, actor, 'subscription.change', wanted.name, shown(before), { types, filter });
        return { ok: true, value: null };
      });
    },

    change: (name, raw, actor) =>
      onOne(name, async (tx, before) => {
        const parsed = parseSubscriptionChange(raw, before.kind, before.settings);
        if (!parsed.ok) return parsed;
        const { types = before.types, filter, settings } = parsed.value;
        const after = {
          ...before,
          types,
          filter: filter === undefined ? before.filter : filter,
          settings: { ...before.settings, ...settings },
        };
        await store.updateSubscription(tx, after);
        await store.evictOwner(tx, name);
        await audit(tx, actor, 'subscription.change', name, shown(before), shown(after));
        return { ok: true, value: null };
      }),

    remove: (name, actor, reason) =>
      onOne(name, async (tx, before) => {
        if (isOwn(name)) return ownName(name);
        await store.deleteSubscription(tx, name);
        await audit(tx, actor, 'subscription.delete', name, shown(before), null, reason);
        return { ok: true, value: null };
      }),

    setState: (name, state, actor, reason) =>
      onOne(name, async (tx, before) => {
        await store.updateSubscription(tx, { ...before, state, reason: state === 'active' ? null : reason });
        await store.evictOwner(tx, name);
        if (state === 'active') await store.closeBreaker(tx, name);
        const action = state === 'active' ? 'subscription.resume' : 'subscription.pause';
        await audit(tx, actor, action, name, { state: before.state }, { state }, reason);
        return { ok: true, value: null };
      }),

    async disable(tx, name, reason) {
      const before = await store.lockSubscription(tx, name);
      if (before === undefined) return;
      await store.updateSubscription(tx, { ...before, state: 'disabled', reason });
      await store.evictOwner(tx, name);
      await store.bumpChange(tx);
      await audit(tx, SYSTEM, 'subscription.disable', name, { state: before.state }, { state: 'disabled' }, reason);
    },

    rotate: (name, overlap, actor) =>
      onOne(name, async (tx, before) => {
        if (before.kind !== 'webhook')
          return refused({ code: 'malformed', path: '/name', message: `a ${before.kind} signs nothing` });
        const moment = clock.now();
        const until = formatTime(moment + overlap * SECOND);
        const secret = newSecret(randomness.bytes(32));
        const old = before.secrets
          .filter((one) => one.until === null || Date.parse(one.until) > moment)
          .map((one) => ({ ...one, until: one.until ?? until }))
          .slice(0, MAX_SECRETS - 1);
        await store.updateSubscription(tx, { ...before, secrets: [{ secret, until: null }, ...old] });
        await store.evictOwner(tx, name);
        await audit(tx, actor, 'subscription.rotate', name, null, { until });
        return { ok: true, value: { secret, until } };
      }),

    async replay(name, raw, actor) {
      const input = parseReplay(raw);
      if (!input.ok) return input;
      const { from: start, dryRun, into } = input.value;
      return onOne(name, async (tx, before) => {
        const place = await store.lockCursor(tx, name);
        if (place === undefined) return unknown(name);
        const from = await placeOf(tx, start);
        // What its cursor has passed is delivered again; what lies behind it is on its way anyhow.
        const to = into === undefined ? (place.express ?? place.position) : place.head;
        if (from > to)
          return refused({ code: 'malformed', path: '/from', message: `nothing to replay: it stands at ${to}, before ${from}` });
        const matches = before.types.map(compilePattern);
        const counted = (await store.countTypes(tx, from, to)).filter(({ type }) => matches.some((match) => match(type)));
        const answer: ReplayAnswer = {
          subscription: into ?? name,
          from,
          to,
          events: counted.reduce((sum, { events }) => sum + events, 0),
          types: Object.fromEntries(counted.map(({ type, events }) => [type, events])),
          dryRun,
        };
        if (dryRun) return { ok: true, value: answer };
        if (into !== undefined) {
          const made = await replayInto(tx, before, input.value, from, actor);
          if (!made.ok) return made;
        } else {
          if (before.kind === 'redis')
            return refused({
              code: 'malformed',
              path: '/into',
              message: 'a stream holds each position once: replay into a new one, { into: "name", stream: "prefix" }',
            });
          if (place.seam !== null)
            return refused({
              code: 'replay_under_way',
              message: `"${name}" works off a backlog: wait for it, or replay into a new one`,
            });
          const beside = before.settings.drainRate > 0 && before.settings.transaction !== 'each' && from < place.position;
          // Choosing a place is what it waited for.
          if (before.state === 'disabled' && before.reason?.startsWith(REGRESSED) === true)
            await store.updateSubscription(tx, { ...before, state: 'active', reason: null });
          await store.setBack(tx, name, from, beside);
          await store.evictOwner(tx, name);
        }
        const after = { from, to, into: into ?? null, events: answer.events };
        await audit(tx, actor, 'subscription.replay', name, { position: place.position }, after);
        return { ok: true, value: answer };
      });
    },
  };
}

interface Replay {
  readonly from: Start;
  readonly dryRun: boolean;
  readonly into: string | undefined;
  readonly url: string | undefined;
  readonly stream: string | undefined;
}

const REPLAY_FIELDS = ['from', 'dryRun', 'into', 'url', 'stream'];

function parseReplay(raw: unknown): Outcome<Replay> {
  const no = (path: string, message: string): ReturnType<typeof refused> => refused({ code: 'malformed', path, message });
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return no('', 'must be an object');
  const given = raw as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given))
    if (!REPLAY_FIELDS.includes(name)) return no(`/${name.slice(0, 100)}`, 'is not known here');
  const { dryRun = false, into, url, stream } = given;
  if (given['from'] === undefined) return no('/from', 'is required: "beginning", a position, or an RFC 3339 time');
  const from = parseStart(given['from'], '/from');
  if (!from.ok) return from;
  if (typeof dryRun !== 'boolean') return no('/dryRun', 'must be true or false');
  for (const [name, value] of Object.entries({ into, url, stream })) {
    if (value !== undefined && typeof value !== 'string') return no(`/${name}`, 'must be text');
  }
  return {
    ok: true,
    value: {
      from: from.value,
      dryRun,
      into: into as string | undefined,
      url: url as string | undefined,
      stream: stream as string | undefined,
    },
  };
}

function unknown(name: string): ReturnType<typeof refused> {
  return refused({ code: 'unknown_subscription', path: '/name', message: `no subscription "${name}"` });
}

/** What Diana subscribes to for itself. */
function isOwn(name: string): boolean {
  return name.startsWith('diana-');
}

function ownName(name: string): ReturnType<typeof refused> {
  return refused({
    code: 'name_taken',
    path: '/name',
    message: `"${name}": names that begin with "diana-" belong to Diana itself`,
  });
}

function targetOf(name: string): string {
  return `subscription/${name}`;
}

async function audit(
  tx: Tx,
  actor: Actor,
  action: string,
  name: string,
  before: object | null,
  after: object | null,
  reason: string | null = null,
): Promise<void> {
  await appendAudit(tx, actor, { action, target: targetOf(name), before, after, reason });
}

/** For the audit log: no secrets. */
function shown({ types, filter, settings, state }: Pick<Subscription, 'types' | 'filter' | 'settings' | 'state'>): object {
  return { types, filter, settings, state };
}

function isSame(known: Subscription, wanted: NewSubscription): boolean {
  const text = (one: Pick<Subscription, 'kind' | 'types' | 'filter' | 'settings'>): string =>
    JSON.stringify([one.kind, one.types, one.filter, Object.keys(DEFAULTS.handler).map((key) => one.settings[key as 'order'])]);
  return text(known) === text(wanted);
}
