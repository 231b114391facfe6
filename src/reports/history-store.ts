import type { Board } from '../boards/index.ts';
import type { HistoryRow } from '../engine/index.ts';
import type { JsonObject } from '../kernel/json.ts';
import { plainArray } from '../kernel/pg-array.ts';
import type { Database, Row, Tx } from '../kernel/ports.ts';

/** What `plan --history` asks: the log from its beginning, and how everybody stands now. */

type Reader = Pick<Tx, 'query'>;

export interface PersonRow extends Row {
  readonly account: number;
  readonly user: string;
  readonly zone: string | null;
  readonly attributes: JsonObject;
}

export function streamPeople(database: Database, tx: Tx, chunk: number): AsyncIterable<readonly PersonRow[]> {
  return database.stream<PersonRow>(tx, 'select account, id as "user", zone, attributes from users.person', [], chunk);
}

/**
 * What was posted and what moved points outside the rules, after one position and up to another, in order. A transfer
 * stands in the log as what it announced, which tells its kind; of one between two users the ledger tells both.
 * `adjusted` is looked up only where somebody wants to know.
 */
export async function readHistory(
  tx: Reader,
  span: { readonly after: number; readonly upTo: number },
  withAdjusted: boolean,
): Promise<readonly HistoryRow[]> {
  return tx.query<HistoryRow>(
    `select l.position, l.type, l.account, l.source, l.occurred_at as "occurredAt", l.written_offset as "writtenOffset",
       l.local_day - date '1970-01-01' as "localDay", l.recorded_at as "recordedAt", l.data, l.cause, t.debit, t.credit,
       $3 and l.facts > 0 and exists (
         select from events.log f
         where f.position between l.position + 1 and l.position + l.facts and f.type = 'points.adjusted'
       ) as adjusted
     from events.log l
     left join ledger.transfer t
       on l.type = 'points.transferred' and t.id = substr(l.data ->> 'transfer', 4)::uuid
     where l.position > $1 and l.position <= $2
       and (l.cause is null or (l.type like 'points.%' and l.data ->> 'kind' is not null))
     order by l.position`,
    [span.after, span.upTo, withAdjusted],
  );
}

export interface LiveRow extends Row {
  readonly account: number;
  /** The hot row. */
  readonly state: unknown;
  /** What rules awarded, by currency; null where they awarded nothing. */
  readonly awarded: Readonly<Record<string, number>> | null;
}

/** How everybody stands now. */
export function streamLive(database: Database, tx: Tx, chunk: number): AsyncIterable<readonly LiveRow[]> {
  return database.stream<LiveRow>(
    tx,
    `select a.account, a.state, g.awarded
     from engine.account a
     left join (
       select account, json_object_agg(currency, amount) as awarded
       from (
         select credit as account, currency, sum(amount) as amount
         from ledger.transfer where kind = 'award' and rule is not null group by credit, currency
       ) s group by account
     ) g on g.account = a.account`,
    [],
    chunk,
  );
}

export interface PaidRow extends Row {
  readonly rule: string;
  readonly currency: string;
  readonly times: number;
  /** Signed for rules that adjust. */
  readonly amount: number;
}

/** What each rule and each reward paid to those who are still here. */
export async function readPaid(tx: Reader): Promise<readonly PaidRow[]> {
  return tx.query<PaidRow>(
    `select t.rule, t.currency, count(*) as times,
       sum(case when t.credit > 0 then t.amount else -t.amount end)::double precision as amount
     from ledger.transfer t join users.person p on p.account = greatest(t.debit, t.credit)
     where t.rule is not null group by t.rule, t.currency`,
  );
}

export interface RankRow extends Row {
  readonly account: number;
  readonly rank: number;
  readonly score: number;
}

const RANKS = {
  first: (order: string) => `row_number() over (order by s.score ${order}, s.reached_at, p.id collate "C")`,
  shared: (order: string) => `rank() over (order by s.score ${order})`,
  dense: (order: string) => `dense_rank() over (order by s.score ${order})`,
} as const;

/** The ranks that some users have now in a period of a board. */
export async function readRanks(
  tx: Reader,
  { key, order, ties }: Board,
  period: string,
  accounts: readonly number[],
): Promise<readonly RankRow[]> {
  return tx.query<RankRow>(
    `select account, rank, score from (
       select s.account, s.score, ${RANKS[ties](order)} as rank
       from boards.score s join users.person p on p.account = s.account where s.board = $1 and s.period = $2
     ) ranked where account = any($3::bigint[])`,
    [key, period, plainArray(accounts)],
  );
}
