import { plainArray, textArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import type { FlowState, FlowStep } from './model.ts';

type Reader = Pick<Tx, 'query'>;

/** Times in milliseconds. */
export interface FlowRow extends Row {
  readonly flow: string;
  readonly correlation_id: string;
  /** 0: about no user. */
  readonly account: number;
  /** Of the event that started it, and of the one that ended it. */
  readonly position: number;
  readonly started_at: number;
  readonly deadline_at: number | null;
  readonly state: FlowState;
  /** Null while it is under way, and where it failed because a delivery was given up. */
  readonly end_position: number | null;
  readonly ended_at: number | null;
  readonly reason: string | null;
}

const COLUMNS = `f.flow, f.correlation_id, f.account, f.position, f.started_at, f.deadline_at, f.state, f.end_position, f.ended_at,
  f.reason`;

/**
 * Takes the steps of events in order of position; one batch may open and end the same flow. Steps that were taken before
 * change nothing. Answers the flows that ended, as they are now.
 */
export async function applyFlowSteps(tx: Tx, steps: readonly FlowStep[]): Promise<readonly FlowRow[]> {
  const opening = steps.filter(({ kind }) => kind === 'open');
  const ending = steps.filter(({ kind }) => kind !== 'open');
  if (opening.length > 0) await openFlows(tx, opening);
  return ending.length === 0 ? [] : endFlows(tx, ending);
}

/** The first start of each counts. Rows come sorted, so that two transactions do not wait in a circle. */
async function openFlows(tx: Tx, steps: readonly FlowStep[]): Promise<void> {
  await tx.query(
    `insert into flows.flow (flow, correlation_id, account, position, started_at, deadline_at, state)
     select flow, correlation_id, account, position, started_at, deadline_at, 'open'
     from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::timestamptz[])
       as s (flow, correlation_id, account, position, started_at, deadline_at)
     order by flow, correlation_id, position
     on conflict (flow, correlation_id) do nothing`,
    [
      textArray(steps.map((s) => s.flow)),
      textArray(steps.map((s) => s.correlationId)),
      plainArray(steps.map((s) => s.account)),
      plainArray(steps.map((s) => s.position)),
      plainArray(steps.map((s) => formatTime(s.at))),
      plainArray(steps.map((s) => (s.deadlineAt === null ? null : formatTime(s.deadlineAt)))),
    ],
  );
}

/**
 * The first end behind its start ends a flow. One that failed by a delivery that was given up has no `end_position`, and
 * may still finish.
 */
async function endFlows(tx: Tx, steps: readonly FlowStep[]): Promise<readonly FlowRow[]> {
  return tx.query<FlowRow>(
    `with step as materialized (
       select * from unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[])
         as s (flow, correlation_id, position, at, state, reason)
     ), held as (
       select flow, correlation_id, position, state from flows.flow
       where (flow, correlation_id) in (select flow, correlation_id from step)
         and (state in ('open', 'overdue') or state = 'failed' and end_position is null)
       order by flow, correlation_id for update
     ), ended as (
       update flows.flow f set state = s.state, end_position = s.position, ended_at = s.at, reason = s.reason
       from held h cross join lateral (
         select * from step s
         where s.flow = h.flow and s.correlation_id = h.correlation_id and s.position > h.position
           and (h.state <> 'failed' or s.state = 'finished')
         order by s.position limit 1
       ) s
       where f.flow = h.flow and f.correlation_id = h.correlation_id
       returning ${COLUMNS}
     )
     select * from ended order by end_position, flow`,
    [
      textArray(steps.map((s) => s.flow)),
      textArray(steps.map((s) => s.correlationId)),
      plainArray(steps.map((s) => s.position)),
      plainArray(steps.map((s) => formatTime(s.at))),
      plainArray(steps.map((s) => (s.kind === 'finish' ? 'finished' : 'failed'))),
      textArray(steps.map((s) => s.reason)),
    ],
  );
}

/**
 * Marks open flows whose deadline lies before `now` (ISO 8601) as overdue, and answers them, the oldest deadline first. What is
 * locked is left to the next call. `now` should not lie ahead of what was read of the log: an end that waits there may be in time.
 */
export async function takeOverdue(tx: Tx, now: string, limit: number): Promise<readonly FlowRow[]> {
  return tx.query<FlowRow>(
    `with late as (
       select flow, correlation_id from flows.flow
       where state = 'open' and deadline_at < $1::timestamptz
       order by deadline_at limit $2 for update skip locked
     ), marked as (
       update flows.flow f set state = 'overdue'
       from late l where f.flow = l.flow and f.correlation_id = l.correlation_id
       returning ${COLUMNS}
     )
     select * from marked order by deadline_at, flow, correlation_id`,
    [now, limit],
  );
}

/** Fails what is under way of these correlations, because a delivery was given up at `at` (ISO 8601). Answers what failed. */
export async function failFlows(
  tx: Tx,
  correlationIds: readonly string[],
  reason: string,
  at: string,
): Promise<readonly FlowRow[]> {
  return tx.query<FlowRow>(
    `with held as (
       select flow, correlation_id from flows.flow
       where correlation_id = any ($1::text[]) and state in ('open', 'overdue')
       order by flow, correlation_id for update
     ), failed as (
       update flows.flow f set state = 'failed', ended_at = $3::timestamptz, reason = $2
       from held h where f.flow = h.flow and f.correlation_id = h.correlation_id
       returning ${COLUMNS}
     )
     select * from failed order by position, flow`,
    [textArray(correlationIds), reason, at],
  );
}

/** Correlations may name a person: those of flows that started with an event about them go. */
export async function eraseFlows(tx: Tx, account: number): Promise<void> {
  await tx.query('delete from flows.flow where account = $1', [account]);
}

/** The last flow of a page. */
export interface FlowPlace {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly flow: string;
  readonly correlationId: string;
}

/** Newest first, those before `before`. */
export async function selectFlows(
  reader: Reader,
  query: { readonly flow?: string; readonly state?: FlowState; readonly limit: number; readonly before?: FlowPlace },
): Promise<readonly FlowRow[]> {
  const { flow, state, limit, before } = query;
  return reader.query<FlowRow>(
    `select ${COLUMNS} from flows.flow f
     where ($1::text is null or f.flow = $1) and ($2::text is null or f.state = $2)
       and ($3::timestamptz is null or (f.started_at, f.flow, f.correlation_id) < ($3::timestamptz, $4::text, $5::text))
     order by f.started_at desc, f.flow desc, f.correlation_id desc limit $6`,
    [flow ?? null, state ?? null, before?.startedAt ?? null, before?.flow ?? null, before?.correlationId ?? null, limit],
  );
}

/** Every flow of one correlation, in the order in which they started. */
export async function selectFlowsOf(reader: Reader, correlationId: string): Promise<readonly FlowRow[]> {
  return reader.query<FlowRow>(`select ${COLUMNS} from flows.flow f where f.correlation_id = $1 order by f.position, f.flow`, [
    correlationId,
  ]);
}

/** How many there are of a flow in each state, and how long those took that finished lately, in milliseconds. */
export interface FlowCount extends Row {
  readonly flow: string;
  readonly open: number;
  readonly finished: number;
  readonly overdue: number;
  readonly failed: number;
  /** Null where none finished since then. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly max: number | null;
}

/** Reads the table whole. Durations are of what finished after `since` (ISO 8601); percentiles are interpolated. */
export async function countFlows(reader: Reader, since: string): Promise<readonly FlowCount[]> {
  const lately = `filter (where state = 'finished' and ended_at > $1::timestamptz)`;
  return reader.query<FlowCount>(
    `select flow,
       count(*) filter (where state = 'open') as open,
       count(*) filter (where state = 'finished') as finished,
       count(*) filter (where state = 'overdue') as overdue,
       count(*) filter (where state = 'failed') as failed,
       percentile_cont(0.5) within group (order by ms) ${lately} as p50,
       percentile_cont(0.95) within group (order by ms) ${lately} as p95,
       max(ms) ${lately} as max
     from (
       select flow, state, ended_at, (extract(epoch from ended_at - started_at) * 1000)::double precision as ms from flows.flow
     ) f
     group by flow order by flow`,
    [since],
  );
}
