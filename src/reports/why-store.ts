import type { Moves } from '../engine/index.ts';
import { plainArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';
import type { TransferRow } from './transfer-store.ts';

type Reader = Pick<Tx, 'query'>;

export interface CausedTransferRow extends TransferRow {
  /** Identity digest of what brought it about. */
  readonly cause: string;
  readonly actor: string | null;
  /** The UUID of the transfer that it takes back. */
  readonly reverses: string | null;
  /** The UUID of the one that takes it back, and when that was; null where none does. */
  readonly reversed_by: string | null;
  readonly reversed_at: number | null;
}

/** A transfer, from the side of an account that it moved; undefined where it did not. */
export async function readCausedTransfer(tx: Reader, account: number, uuid: string): Promise<CausedTransferRow | undefined> {
  const [row] = await tx.query<CausedTransferRow>(
    `select t.id, t.kind, t.currency, case when t.debit = $2 then -t.amount else t.amount end as amount,
       case when t.debit = $2 then t.debit_entry else t.credit_entry end as entry,
       case when t.debit = $2 then t.debit_balance else t.credit_balance end as balance,
       case when t.debit = $2 then t.credit else t.debit end as counterparty,
       t.rule, t.occurred_at, t.recorded_at, t.catalog_version, t.cause, t.actor, t.reverses, r.id as reversed_by, r.recorded_at as reversed_at, n.reason, p.id as person
     from ledger.transfer t
     left join ledger.note n on n.transfer = t.id
     left join ledger.transfer r on r.reverses = t.id
     left join users.person p on p.account = case when t.debit = $2 then t.credit else t.debit end
     where t.id = $1::uuid and (t.debit = $2 or t.credit = $2)`,
    [uuid, account],
  );
  return row;
}

export interface RootRow extends Row {
  readonly position: number;
  readonly type: string;
  /** Types of what was announced because of it, without repeats. */
  readonly facts: readonly string[] | null;
}

/** The events of an account before a place in the log, newest first. `withFacts`: whether it matters what they caused. */
export async function readRoots(
  tx: Reader,
  account: number,
  before: number,
  limit: number,
  withFacts: boolean,
): Promise<readonly RootRow[]> {
  return tx.query<RootRow>(
    `select l.position, l.type, case when $4 then (
       select json_agg(distinct f.type) from events.log f where f.position > l.position and f.position <= l.position + l.facts
     ) end as facts
     from events.log l
     where l.account = $1 and l.cause is null and l.position < $2
     order by l.position desc limit $3`,
    [account, before, limit, withFacts],
  );
}

export interface CausedUnlockRow extends Row {
  readonly tier: string;
  readonly unlocked_at: number;
  readonly catalog_version: number;
  /** Identity digest of what brought it about. */
  readonly cause: string;
  /** By hand, not by progress. */
  readonly granted: boolean;
  readonly times: number;
}

/** Tiers of one achievement that an account unlocked. */
export async function readCausedUnlocks(tx: Reader, account: number, achievement: string): Promise<readonly CausedUnlockRow[]> {
  return tx.query<CausedUnlockRow>(
    `select tier, unlocked_at, catalog_version, cause, granted, times from achievements.unlock
     where account = $1 and achievement = $2 order by unlocked_at, number`,
    [account, achievement],
  );
}

export interface MovesRow extends Row {
  readonly position: number;
  readonly occurred_at: number;
  readonly local_day: string | null;
  readonly recorded_at: number;
  /** Null for what moved nothing, and for what came before moves were kept. */
  readonly moves: Moves | null;
  /** Position of the event that it undoes; null for everything else. */
  readonly undoes: number | null;
}

/** What the events of an account before a place in the log counted, newest first. */
export async function readMoves(tx: Reader, account: number, before: number, limit: number): Promise<readonly MovesRow[]> {
  return tx.query<MovesRow>(
    `select position, occurred_at, local_day, recorded_at, moves,
       case when type = 'event.undone' then (data ->> 'position')::bigint end as undoes
     from events.log
     where account = $1 and cause is null and position < $2 order by position desc limit $3`,
    [account, before, limit],
  );
}

/** Whether what a version of the catalog began was computed over what happened before it. */
export async function isBackfilled(tx: Reader, version: number): Promise<boolean> {
  return (await tx.query('select from engine.backfill where version = $1', [version])).length > 0;
}

export interface UndoingRow extends Row {
  /** Identity digest of the undoing. */
  readonly digest: string;
  readonly position: number;
  readonly recorded_at: number;
}

/** Which of some undoings there were, and when. */
export async function readUndoings(tx: Reader, digests: readonly string[]): Promise<readonly UndoingRow[]> {
  return tx.query<UndoingRow>(
    `select i.digest, l.position, l.recorded_at
     from events.identity i join events.log l on l.position = i.position where i.digest = any($1::uuid[])`,
    [plainArray(digests)],
  );
}

export async function readPosition(tx: Reader): Promise<number> {
  const [head] = await tx.query<{ position: number }>('select position from events.head');
  return head?.position ?? 0;
}
