import { isReserved, nameFault } from '../events/index.ts';
import { selectFlowsOf } from '../flows/index.ts';
import { EVENT_PREFIX, factId } from '../kernel/ids.ts';
import { compilePattern } from '../kernel/pattern.ts';
import type { Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import { flowStatus } from './flows.ts';
import type { Trace, TraceDelivery, TraceEvent } from './model.ts';
import {
  type BehindRow,
  type DeliveryRow,
  readBehind,
  readCorrelation,
  readDeliveries,
  readDone,
  readTraced,
  type TracedRow,
  type TraceKey,
} from './trace-store.ts';

/** More than anybody looks through, and as deep as JSON is still written and read without trouble. */
export const MAX_TRACED = 1_000;
/** Subscriptions told of one event that they have not come to; all of them are counted. */
const MAX_WAITING = 20;

/**
 * What belongs to a correlation, on one snapshot. Where nothing does, it may be the id of an event: then the trace that the
 * event belongs to. Undefined where it is neither.
 */
export async function readTrace(
  tx: Tx,
  correlationId: string,
  limit: number,
  digestOf: (id: string) => string,
): Promise<Trace | undefined> {
  if (nameFault(correlationId, true) !== undefined) return undefined;
  const key = keyOf(correlationId, digestOf);
  const rows = await readTraced(tx, key, limit + 1);
  if (rows.length > 0) return traceOf(tx, correlationId, rows, limit);
  const other = await readCorrelation(tx, key);
  if (other === undefined) return undefined;
  const others = await readTraced(tx, keyOf(other, digestOf), limit + 1);
  return others.length === 0 ? undefined : traceOf(tx, other, others, limit);
}

/** Positions have up to 15 digits here: no log is longer, and PostgreSQL takes no more than 19. */
const PLACE = new RegExp(`^${EVENT_PREFIX}([1-9]\\d{0,14})$`);

function keyOf(correlationId: string, digestOf: (id: string) => string): TraceKey {
  const place = PLACE.exec(correlationId)?.[1];
  return { correlationId, digest: digestOf(correlationId), position: place === undefined ? null : Number(place) };
}

/** `rows`: one more than `limit` where there are more. */
async function traceOf(tx: Tx, correlationId: string, rows: readonly TracedRow[], limit: number): Promise<Trace> {
  const shown = rows.slice(0, limit);
  const positions = shown.map(({ position }) => position);
  const [flows, deliveries, behind, done] = await Promise.all([
    selectFlowsOf(tx, correlationId),
    readDeliveries(tx, positions),
    readBehind(tx, positions.at(-1) ?? 0),
    readDone(tx, positions),
  ]);
  const { byPosition, pending } = deliveriesOf(shown, deliveries, behind, done);
  return {
    correlationId,
    events: shown.length,
    truncated: rows.length > limit,
    pending,
    failed: deliveries.filter(({ state }) => state === 'dead').length,
    flows: flows.map(flowStatus).map(({ correlationId: _same, ...flow }) => flow),
    roots: treeOf(shown, byPosition),
  };
}

type ByPosition = ReadonlyMap<number, readonly TraceDelivery[]>;

/** What is under way or given up, and what no subscription has come to yet; `pending` counts what may still be delivered. */
function deliveriesOf(
  rows: readonly TracedRow[],
  deliveries: readonly DeliveryRow[],
  behind: readonly BehindRow[],
  done: readonly { readonly subscription: string; readonly position: number }[],
): { readonly byPosition: ByPosition; readonly pending: number } {
  const byPosition = new Map<number, TraceDelivery[]>(rows.map(({ position }) => [position, []]));
  for (const row of deliveries) byPosition.get(row.position)?.push(traceDelivery(row));
  let pending = deliveries.filter(({ state }) => state !== 'dead').length;
  const settled = new Set([...deliveries, ...done].map(({ subscription, position }) => `${position} ${subscription}`));
  const waiting = behind.map((row) => ({ ...row, patterns: row.types.map(compilePattern) }));
  for (const { position, type } of rows) {
    // Conditions of subscriptions are not asked: who has not come to an event may still pass over it.
    const names = waiting
      .filter((row) => isAhead(row, position) && row.patterns.some((matches) => matches(type)))
      .map(({ subscription }) => subscription)
      .filter((subscription) => !settled.has(`${position} ${subscription}`));
    pending += names.length;
    for (const subscription of names.slice(0, MAX_WAITING)) {
      byPosition.get(position)?.push({ subscription, state: 'waiting', attempts: 0 });
    }
  }
  return { byPosition, pending };
}

function isAhead(cursor: BehindRow, position: number): boolean {
  if (position <= cursor.position) return false;
  return cursor.seam === null || cursor.express === null || position <= cursor.seam || position > cursor.express;
}

function traceDelivery({ subscription, state, attempts, due_at: due, error }: DeliveryRow): TraceDelivery {
  return {
    subscription,
    state,
    attempts,
    ...(due === null ? {} : { dueAt: formatTime(due) }),
    ...(error === null ? {} : { error }),
  };
}

type Growing = TraceEvent & { readonly children: Growing[] };

/**
 * In order of position a cause stands before what it caused, so one pass is enough. Of two events with one id, the later one
 * caused what follows both.
 */
function treeOf(rows: readonly TracedRow[], deliveries: ByPosition): readonly TraceEvent[] {
  const roots: Growing[] = [];
  const byPosition = new Map<number, Growing>();
  const byId = new Map<string, Growing>();
  for (const row of rows) {
    const cause = row.cause === null ? undefined : byPosition.get(row.cause);
    const event = traceEvent(row, cause?.id, deliveries.get(row.position) ?? []);
    const parent = cause ?? (event.causationId === null ? undefined : byId.get(event.causationId));
    (parent?.children ?? roots).push(event);
    byPosition.set(event.position, event);
    byId.set(event.id, event);
  }
  return roots;
}

function traceEvent(row: TracedRow, causeId: string | undefined, deliveries: readonly TraceDelivery[]): Growing {
  const announced = row.cause !== null || isReserved(row.type);
  return {
    id: row.id ?? factId(row.position),
    source: announced ? 'diana' : row.source,
    type: row.type,
    user: row.user,
    time: formatTime(row.occurred_at),
    recordedAt: formatTime(row.recorded_at),
    position: row.position,
    causationId: row.cause === null ? row.causation_id : (causeId ?? factId(row.cause)),
    deliveries,
    children: [],
  };
}
