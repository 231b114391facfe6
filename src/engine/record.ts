import type { Actor, AuditEntry } from '../access/index.ts';
import type { Claim, LogRow, SetAside } from '../events/index.ts';
import { accountId } from '../kernel/ids.ts';
import { formatTime } from '../kernel/time.ts';

import type { EventJob, Job } from './job.ts';
import type { Booked } from './post.ts';
import type { StateChanges, UserState } from './state.ts';
import type { DecidedFact, FactGroup } from './facts.ts';

/** What a batch is going to write beside the states of its users. */
export interface BatchRecord {
  readonly rows: LogRow[];
  readonly claims: Claim[];
  readonly booked: Booked[];
  /** Whether something was refused that the id stays free for: nothing of it is written, and another catalog might take it. */
  refusedFreely: boolean;
  /** Events of undeclared types, kept to be looked at. */
  readonly aside: SetAside[];
  readonly audits: { readonly actor: Actor; readonly entry: AuditEntry }[];
  /** Whether what decisions go by beside the catalog is another from here on. */
  changesCircumstances: boolean;
}

export function createRecord(): BatchRecord {
  return { rows: [], claims: [], booked: [], refusedFreely: false, aside: [], audits: [], changesCircumstances: false };
}

/** Puts a posted event and the facts behind it into the log. Answers the index of the event. */
export function recordEvent(record: BatchRecord, root: LogRow, facts: readonly DecidedFact[]): number {
  const at = record.rows.length;
  record.rows.push(root);
  for (const fact of facts) {
    record.rows.push({ ...factRow(fact, root), cause: fact.cause === null ? at : at + 1 + fact.cause });
  }
  return at;
}

/** Puts facts into the log that no posted event caused. Answers the index of the first. */
export function recordFacts(
  record: BatchRecord,
  about: { readonly account: number; readonly occurredAt: number },
  { facts, moves, local }: FactGroup,
): number {
  const at = record.rows.length;
  const like = { account: about.account, occurredAt: formatTime(about.occurredAt), localDay: local.day, correlationId: null };
  for (const [i, fact] of facts.entries()) {
    // The first one tells how many belong to it, so that erasure finds them all.
    record.rows.push({
      ...factRow(fact, like),
      // What follows without a cause of its own belongs to the first: a level is reached because points were given.
      cause: fact.cause === null ? (i === 0 ? null : at) : at + fact.cause,
      facts: i === 0 ? facts.length - 1 : 0,
      moves: i === 0 ? moves : null,
    });
  }
  return at;
}

function factRow(fact: DecidedFact, like: Pick<LogRow, 'account' | 'occurredAt' | 'localDay' | 'correlationId'>): LogRow {
  const { account, occurredAt, localDay, correlationId } = like;
  return {
    type: fact.type,
    account,
    id: null,
    source: null,
    occurredAt,
    writtenOffset: null,
    localDay,
    data: JSON.stringify(fact.data),
    correlationId,
    causationId: null,
    cause: null,
    facts: 0,
    moves: null,
  };
}

/** What an admin did to a balance. Accounts and figures alone, and the reason, which erasing the person blanks. */
export function recordDeed(
  record: BatchRecord,
  job: Job,
  action: string,
  deed: { readonly currency: string; readonly reason: string | null },
  before: UserState,
  after: Pick<StateChanges, 'balances'>,
): void {
  const available = (state: Pick<StateChanges, 'balances'>): { readonly available: number } => ({
    available: state.balances.get(deed.currency)?.available ?? 0,
  });
  record.audits.push({
    actor: job.actor,
    entry: {
      action,
      target: `${accountId(before.account)}/${deed.currency}`,
      before: available(before),
      after: available(after),
      reason: deed.reason,
    },
  });
}

/** An event of a type that the catalog does not declare. */
export function recordAside(record: BatchRecord, { event, digest, user }: EventJob): void {
  const { type, source, id, data } = event;
  record.aside.push({ digest, type, source, id, person: user.digest, user: user.id, data: JSON.stringify(data) });
}
