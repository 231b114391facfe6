import type { Catalog } from '../catalog/index.ts';
import { nameFault } from '../events/index.ts';
import { countFlows, type FlowPlace, type FlowRow, type FlowState, selectFlows } from '../flows/index.ts';
import type { Tx } from '../kernel/ports.ts';
import { DAY, formatTime } from '../kernel/time.ts';
import type { FlowPage, FlowStatus, FlowSummary } from './model.ts';

type Reader = Pick<Tx, 'query'>;

export interface FlowQuery {
  readonly flow?: string;
  readonly state?: FlowState;
  readonly limit: number;
  readonly cursor?: string;
}

/** Undefined where `cursor` is none of this list. */
export async function readFlows(tx: Reader, { cursor, ...query }: FlowQuery): Promise<FlowPage | undefined> {
  const before = cursor === undefined ? undefined : readCursor(cursor);
  if (cursor !== undefined && before === undefined) return undefined;
  const rows = await selectFlows(tx, { ...query, ...(before === undefined ? {} : { before }) });
  const last = rows.length === query.limit ? rows.at(-1) : undefined;
  return { flows: rows.map(flowStatus), cursor: last === undefined ? null : writeCursor(last) };
}

/** How long a time the durations are of. */
const LATELY = DAY;

/** Every flow of the catalog, in its order, and then those that are no longer in it. */
export async function readFlowSummary(tx: Reader, { flows }: Catalog, now: number): Promise<readonly FlowSummary[]> {
  const counts = await countFlows(tx, formatTime(now - LATELY));
  const byFlow = new Map(counts.map((count) => [count.flow, count]));
  const declared = new Set(flows.map(({ id }) => id));
  const retired = counts.map(({ flow }) => flow).filter((flow) => !declared.has(flow));
  return [...declared, ...retired].map((flow) => {
    const { open = 0, finished = 0, overdue = 0, failed = 0, p50 = null, p95 = null, max = null } = byFlow.get(flow) ?? {};
    const durations = p50 === null || p95 === null || max === null ? null : { p50: Math.round(p50), p95: Math.round(p95), max };
    return { flow, open, finished, overdue, failed, durations, ...(declared.has(flow) ? {} : { retired: true as const }) };
  });
}

export function flowStatus(row: FlowRow): FlowStatus {
  return {
    flow: row.flow,
    correlationId: row.correlation_id,
    state: row.state,
    startedAt: formatTime(row.started_at),
    deadlineAt: row.deadline_at === null ? null : formatTime(row.deadline_at),
    endedAt: row.ended_at === null ? null : formatTime(row.ended_at),
    reason: row.reason,
  };
}

/** `<milliseconds> <flow> <correlation>` of the last flow of a page; correlations may have blanks in them. */
function writeCursor(row: FlowRow): string {
  return Buffer.from(`${row.started_at} ${row.flow} ${row.correlation_id}`).toString('base64url');
}

/** Until the year 2286, which PostgreSQL and ISO 8601 write alike. */
const PLACE = /^(\d{1,13}) ([a-z][a-z0-9_-]{0,63}) ([^]+)$/;

function readCursor(cursor: string): FlowPlace | undefined {
  const [, startedAt, flow, correlationId] = PLACE.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (startedAt === undefined || flow === undefined || nameFault(correlationId, true) !== undefined) return undefined;
  return { startedAt: formatTime(Number(startedAt)), flow, correlationId: correlationId ?? '' };
}
