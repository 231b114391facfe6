import type { EventPayload } from '../engine/index.ts';
import { factId } from '../kernel/ids.ts';
import type { Refusal } from '../kernel/refusals.ts';
import { formatTime, SECOND } from '../kernel/time.ts';
import type { IdentityRow, LoggedEvent, LoggedFact } from './event-store.ts';
import type { ReportedFact } from './parts-model.ts';
import type { CausingEvent } from './why-model.ts';
import { moment } from './words.ts';

/** Rows of the log as reports tell them. */

/** A time as its sender wrote it, offset and all, so that it falls on the same local day when it is sent again. */
export function writtenTime(ms: number, offset: number | null): string {
  if (offset === null) return formatTime(ms);
  const minutes = Math.abs(offset) / 60;
  const two = (n: number): string => String(n).padStart(2, '0');
  const local = formatTime(ms + offset * SECOND).slice(0, -1);
  return `${local}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

export function reportedFact({ position, type, data }: LoggedFact): ReportedFact {
  return { id: factId(position), type, data: data ?? {} };
}

export function causingEvent(row: LoggedEvent): CausingEvent {
  return {
    id: row.id ?? factId(row.position),
    source: row.source,
    type: row.type,
    time: writtenTime(row.occurred_at, row.written_offset),
    recordedAt: formatTime(row.recorded_at),
    localDay: row.local_day,
    data: row.data,
    correlationId: row.correlation_id,
    position: row.position,
    catalogVersion: row.catalog_version,
  };
}

/** The event of a stored answer; undefined for a remembered refusal, which has none. */
export function loggedEvent(row: IdentityRow): LoggedEvent | undefined {
  const { position, type, occurred_at: at, recorded_at: recorded, catalog_version: version } = row;
  if (position === null || type === null || at === null || recorded === null || version === null) return undefined;
  return { ...row, position, type, occurred_at: at, recorded_at: recorded, catalog_version: version };
}

/** Why nothing happened; undefined where something did. */
export function storedRefusal(result: unknown): Refusal | undefined {
  return typeof result === 'object' && result !== null && 'refusal' in result ? (result.refusal as Refusal) : undefined;
}

/** `quiz.won "q-1" of 2026-11-21 at 13:00 (Europe/Berlin)`. */
export function eventText({ type, id, source, time }: CausingEvent, zone: string): string {
  const name = source === null ? id : `"${id}"`;
  const from = source === null || source === 'default' ? '' : ` from ${source}`;
  return `${type} ${name}${from} of ${moment(Date.parse(time), zone)}`;
}

/** What was answered to an event; null where the answer was to something else. */
export function eventAnswer(result: unknown): EventPayload | null {
  return typeof result === 'object' && result !== null && 'awards' in result ? (result as EventPayload) : null;
}

/** The causes of a fact up to the event, the fact itself last. */
export function causesOf(fact: LoggedFact, facts: readonly LoggedFact[]): readonly LoggedFact[] {
  const byPosition = new Map(facts.map((each) => [each.position, each]));
  const chain = [fact];
  for (let next = byPosition.get(fact.cause); next !== undefined; next = byPosition.get(next.cause)) chain.unshift(next);
  return chain;
}
