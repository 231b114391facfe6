import type { Board } from '../boards/index.ts';
import type { HistoryRow } from '../engine/index.ts';
import type { JsonObject } from '../kernel/json.ts';
import { transferId } from '../kernel/ids.ts';
import { plainArray, textArray } from '../kernel/pg-array.ts';
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

/** What a run over history leaves out, though it stands in the log. */
export interface TakenBack {
  /** Positions of events. */
  readonly events: ReadonlySet<number>;
  /** Ids of transfers outside the rules: `tr_…`. */
  readonly transfers: ReadonlySet<string>;
}

export async function readTakenBack(tx: Reader): Promise<TakenBack> {
  const [events, transfers] = await Promise.all([
    tx.query<{ position: number }>(
      `select (data ->> 'position')::bigint as position from events.log where type = 'event.undone' and data is not null`,
    ),
    tx.query<{ id: string }>(
      `select t.id from ledger.transfer r join ledger.transfer t on t.id = r.reverses where r.reverses is not null and t.rule is null`,
    ),
  ]);
  return {
    events: new Set(events.map(({ position }) => position)),
    transfers: new Set(transfers.map(({ id }) => transferId(id))),
  };
}

export interface CircumstancesRow extends Row {
  readonly boosts: boolean;
  /** Whether streaks were paused or restored. */
  readonly covers: boolean;
}

/** Whether there was something that decisions went by and no catalog tells. */
export async function readCircumstances(tx: Reader): Promise<CircumstancesRow> {
  const [row] = await tx.query<CircumstancesRow>(
    `select exists (select from rules.boost) as boosts,
       exists (select from streaks.cover where kind in ('pause', 'restore')) as covers`,
  );
  return row ?? { boosts: false, covers: false };
}

/** Awards that stand, of rules that a run over history tells, too: it closes no periods and grants nothing by hand. */
const COMPARABLE = `t.rule is not null and t.rule not like 'board:%' and t.rule <> all($1::text[]) and t.reverses is null
  and not exists (select from ledger.transfer r where r.reverses = t.id)`;

export interface LiveRow extends Row {
  readonly account: number;
  /** The hot row. */
  readonly state: unknown;
  /** What rules awarded, by currency; null where they awarded nothing. */
  readonly awarded: Readonly<Record<string, number>> | null;
}

/** How everybody stands now. `except`: rules that are not compared. */
export function streamLive(
  database: Database,
  tx: Tx,
  except: readonly string[],
  chunk: number,
): AsyncIterable<readonly LiveRow[]> {
  return database.stream<LiveRow>(
    tx,
    `select a.account, a.state, g.awarded
     from engine.account a
     left join (
       select account, json_object_agg(currency, amount) as awarded
       from (
         select credit as account, currency, sum(amount) as amount
         from ledger.transfer t where kind = 'award' and ${COMPARABLE} group by credit, currency
       ) s group by account
     ) g on g.account = a.account`,
    [textArray(except)],
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
export async function readPaid(tx: Reader, except: readonly string[]): Promise<readonly PaidRow[]> {
  return tx.query<PaidRow>(
    `select t.rule, t.currency, count(*) as times,
       sum(case when t.credit > 0 then t.amount else -t.amount end)::double precision as amount
     from ledger.transfer t join users.person p on p.account = greatest(t.debit, t.credit)
     where ${COMPARABLE} group by t.rule, t.currency`,
    [textArray(except)],
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
