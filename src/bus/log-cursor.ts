import { sha256 } from '../kernel/digest.ts';
import type { Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import { readMoment } from './log-store.ts';

/**
 * A place in the log as clients keep it: `<position>.<check>`. The check is drawn from the epoch of the database and from
 * what stands at the position, so that a cursor of another history is known, even where that history is as long by now.
 * The bare position is understood too, and then only its being beyond the end is noticed.
 */
export interface LogCursor {
  readonly position: number;
  readonly check: string | null;
}

export function readCursor(text: string): LogCursor | undefined {
  const match = /^(\d{1,16})(?:\.([0-9a-f]{8}))?$/.exec(text.trim());
  const position = Number(match?.[1] ?? Number.NaN);
  return Number.isSafeInteger(position) ? { position, check: match?.[2] ?? null } : undefined;
}

export function writeCursor(epoch: string, position: number, recordedAt: string | null): string {
  return `${position}.${checkOf(epoch, position, recordedAt)}`;
}

function checkOf(epoch: string, position: number, recordedAt: string | null): string {
  return sha256(`${epoch} ${position} ${recordedAt ?? ''}`).slice(0, 8);
}

/** Why a cursor cannot be followed: the log is another one than it was made from; undefined where it can. */
export async function regression(
  reader: Pick<Tx, 'query'>,
  epoch: string,
  { position, check }: LogCursor,
): Promise<string | undefined> {
  const { head, recordedAt } = await readMoment(reader, position);
  if (position > head) return `history regressed: the log ends at ${head}, the cursor stands at ${position}`;
  const at = recordedAt === null ? null : formatTime(recordedAt);
  if (check === null || check === checkOf(epoch, position, at)) return undefined;
  return `history regressed: what stands at ${position} is not what the cursor was made from`;
}
