import type { Catalog } from '../catalog/index.ts';
import type { EventPayload, EventResult } from '../engine/index.ts';
import { factId } from '../kernel/ids.ts';
import { type Refusal, REFUSALS } from '../kernel/refusals.ts';
import { formatTime, SECOND } from '../kernel/time.ts';
import type { EventReport, ExplainedResult, ExportedEvent, ReportedFact } from './model.ts';
import type { IdentityRow, LoggedEvent, LoggedFact } from './event-store.ts';
import { explainedAward, needsReasons } from './reasons.ts';
import type { FindVersion } from './versions.ts';

/** `id` and `source` are the asker's own: the row may have been blanked since. */
export async function eventReport(source: string, id: string, row: IdentityRow, find: FindVersion): Promise<EventReport> {
  const outcome = outcomeOf(id, row);
  const decidedBy = outcome.status !== 'refused' && needsReasons(outcome) ? await find(outcome.catalogVersion) : undefined;
  return {
    id,
    source,
    type: row.type,
    user: row.user,
    time: row.occurred_at === null ? null : writtenTime(row.occurred_at, row.written_offset),
    recordedAt: row.recorded_at === null ? null : formatTime(row.recorded_at),
    localDay: row.local_day,
    data: row.data,
    correlationId: row.correlation_id,
    outcome: explained(outcome, decidedBy),
    facts: (row.facts ?? []).map(reportedFact),
  };
}

function explained(outcome: EventResult, catalog: Catalog | undefined): ExplainedResult {
  if (outcome.status === 'refused' || catalog === undefined) return outcome;
  return { ...outcome, awards: outcome.awards.map((award) => explainedAward(award, catalog)) };
}

/** The first answer, put together again from what was kept of it. */
function outcomeOf(id: string, { position, result }: IdentityRow): EventResult {
  const stored = result as { readonly refusal?: Refusal };
  if (stored.refusal !== undefined) {
    return { id, status: 'refused', ...stored.refusal, retryable: REFUSALS[stored.refusal.code].retryable };
  }
  return { id, status: 'accepted', ...(stored as EventPayload), position: position ?? 0 };
}

export function exportedEvent(row: LoggedEvent): ExportedEvent {
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
    facts: (row.facts ?? []).map(reportedFact),
  };
}

function reportedFact({ position, type, data }: LoggedFact): ReportedFact {
  return { id: factId(position), type, data: data ?? {} };
}

/** A time as its sender wrote it, offset and all, so that it falls on the same local day when it is sent again. */
function writtenTime(ms: number, offset: number | null): string {
  if (offset === null) return formatTime(ms);
  const minutes = Math.abs(offset) / 60;
  const two = (n: number): string => String(n).padStart(2, '0');
  const local = formatTime(ms + offset * SECOND).slice(0, -1);
  return `${local}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
