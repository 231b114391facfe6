import { jsonList, plainArray, textArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';

/** An identity that was claimed before, with its first answer. */
export interface KnownIdentity extends Row {
  readonly digest: string;
  readonly body: string;
  readonly account: number | null;
  readonly position: number | null;
  /** JSON text. */
  readonly result: string;
}

export async function loadIdentities(tx: Pick<Tx, 'query'>, digests: readonly string[]): Promise<readonly KnownIdentity[]> {
  return tx.query<KnownIdentity>(
    `select digest, body, account, position, result::text as result from events.identity where digest = any($1::uuid[])`,
    [plainArray(digests)],
  );
}

/** A row of the log to be. Facts stand right behind the posted event that caused them. */
export interface LogRow {
  readonly type: string;
  readonly account: number | null;
  readonly id: string | null;
  readonly source: string | null;
  /** ISO 8601. */
  readonly occurredAt: string;
  /** Seconds. */
  readonly writtenOffset: number | null;
  /** Days since 1970-01-01. */
  readonly localDay: number | null;
  /** JSON text. */
  readonly data: string;
  readonly correlationId: string | null;
  /** Id of what caused a posted event, as its sender tells; of facts, `cause` tells. */
  readonly causationId: string | null;
  /** Index in the batch of the row that caused this one. */
  readonly cause: number | null;
  readonly facts: number;
  /** JSON text: what was counted; with a posted event or the first of a group of facts. */
  readonly moves: string | null;
}

/** An identity to be claimed, with its answer. */
export interface Claim {
  readonly digest: string;
  readonly body: string;
  readonly account: number | null;
  /** Index in the batch of its row; null for a remembered refusal. */
  readonly row: number | null;
  /** JSON text, without the position. */
  readonly result: string;
}

/**
 * Takes positions and writes rows and claims with them: the last statement of every transaction that announces
 * anything. The counter is held from here to the commit, so that positions are dense and in order of commit, and
 * no two transactions insert identities at once. Raises DN001 when the catalog is no longer `fence` or the generation is another
 * one, and a unique
 * violation when an identity was claimed since it was looked up. Answers the position of the first row.
 */
export async function append(
  tx: Tx,
  batch: {
    readonly rows: readonly LogRow[];
    readonly claims: readonly Claim[];
    readonly fence: number;
    /** Null: whatever changes beside the catalog makes no difference to this transaction. */
    readonly generation: number | null;
    /** ISO 8601. */
    readonly recordedAt: string;
  },
): Promise<number> {
  const { rows, claims } = batch;
  const [first] = await tx.query<{ base: number }>(
    `with head as (
       update events.head set position = position + $1
       where fence = $2 and generation = coalesce($22::bigint, generation) returning position - $1 + 1 as base
     ), base as materialized (
       select coalesce((select base from head), events.fence_moved()) as base
     ), log as (
       insert into events.log (position, type, account, id, source, occurred_at, written_offset, local_day, recorded_at,
         data, correlation_id, causation_id, cause, facts, moves, catalog_version)
       select base + ordinal - 1, type, account, id, source, occurred_at, written_offset, date '1970-01-01' + local_day,
         $3::timestamptz, data::json, correlation_id, causation_id, base + cause, facts,
         nullif(moves, '')::json, $2::integer
       from base, unnest($4::text[], $5::bigint[], $6::text[], $7::text[], $8::timestamptz[], $9::integer[],
           $10::integer[], string_to_array($11, e'\\x1f'), $12::text[], $13::text[], $14::integer[], $15::smallint[],
           string_to_array($21, e'\\x1f')) with ordinality
         as r (type, account, id, source, occurred_at, written_offset, local_day, data, correlation_id, causation_id, cause,
           facts, moves, ordinal)
     ), claim as (
       insert into events.identity (digest, body, account, position, result)
       select digest, body, account, base + at, result::json
       from base, unnest($16::uuid[], $17::uuid[], $18::bigint[], $19::integer[], string_to_array($20, e'\\x1f'))
         as c (digest, body, account, at, result)
     )
     select base from base`,
    [
      rows.length,
      batch.fence,
      batch.recordedAt,
      plainArray(rows.map((r) => r.type)),
      plainArray(rows.map((r) => r.account)),
      textArray(rows.map((r) => r.id)),
      textArray(rows.map((r) => r.source)),
      plainArray(rows.map((r) => r.occurredAt)),
      plainArray(rows.map((r) => r.writtenOffset)),
      plainArray(rows.map((r) => r.localDay)),
      jsonList(rows.map((r) => r.data)),
      textArray(rows.map((r) => r.correlationId)),
      textArray(rows.map((r) => r.causationId)),
      plainArray(rows.map((r) => r.cause)),
      plainArray(rows.map((r) => r.facts)),
      plainArray(claims.map((c) => c.digest)),
      plainArray(claims.map((c) => c.body)),
      plainArray(claims.map((c) => c.account)),
      plainArray(claims.map((c) => c.row)),
      jsonList(claims.map((c) => c.result)),
      jsonList(rows.map((r) => r.moves ?? '')),
      batch.generation,
    ],
  );
  return first?.base ?? 0;
}

/** Last position, version of the catalog in force, and the generation of what decisions go by beside it. */
export interface Head extends Row {
  readonly position: number;
  readonly fence: number;
  readonly generation: number;
}

export async function readHead(tx: Pick<Tx, 'query'>): Promise<Head> {
  const [head] = await tx.query<Head>('select position, fence, generation from events.head');
  if (head === undefined) throw new Error('events.head has no row');
  return head;
}

/** Raises DN001 when the catalog is no longer `fence`. */
export async function checkFence(tx: Tx, fence: number): Promise<void> {
  await tx.query('select case when fence = $1 then 0 else events.fence_moved() end from events.head', [fence]);
}

/** Holds the counter until commit: nothing else is announced meanwhile. */
export async function lockHead(tx: Tx): Promise<Head> {
  const [head] = await tx.query<Head>('select position, fence, generation from events.head for update');
  if (head === undefined) throw new Error('events.head has no row');
  return head;
}

export async function moveFence(tx: Tx, fence: number): Promise<void> {
  await tx.query('update events.head set fence = $1', [fence]);
}

/**
 * Says that decisions go by something else from here on, though the catalog is the same: batches that were decided before and
 * take their positions after this are decided again. Holds the counter until commit.
 */
export async function bumpGeneration(tx: Tx): Promise<number> {
  const [head] = await tx.query<{ generation: number }>(
    'update events.head set generation = generation + 1 returning generation',
  );
  return head?.generation ?? 0;
}

/** Blanks everything in the log that may name a person: the posted events and the facts right behind each. */
export async function eraseContent(tx: Tx, account: number): Promise<void> {
  await tx.query(
    `update events.log l set id = null, source = null, data = null, correlation_id = null, causation_id = null, moves = null
     from (select position, facts from events.log where account = $1 and cause is null) root
     where l.position between root.position and root.position + root.facts and l.account = $1`,
    [account],
  );
}
