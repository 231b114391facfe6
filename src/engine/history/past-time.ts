import { isoWeekday, type LocalTime, localTime, type WrittenTime } from '../../kernel/time.ts';

/** When a row of the log happened, as it was kept. */
export interface PastTime {
  /** Milliseconds. */
  readonly occurredAt: number;
  /** Seconds. */
  readonly writtenOffset: number | null;
  /** Days since 1970-01-01. */
  readonly localDay: number | null;
}

export function writtenTime({ occurredAt, writtenOffset }: PastTime): WrittenTime {
  return { ms: occurredAt, offset: writtenOffset === null ? null : writtenOffset * 1_000 };
}

/**
 * The local day as it was fixed at acceptance. The hour was not kept: it is told by the user's zone where that gives the
 * same day, else by the offset as written.
 */
export function pastLocal(row: PastTime, zone: string | null, catalogZone: string): LocalTime {
  const { localDay: day } = row;
  const time = writtenTime(row);
  const now = localTime(time, zone, catalogZone);
  if (day === null || now.day === day) return now;
  const written = localTime(time, null, catalogZone);
  return { day, hour: (written.day === day ? written : now).hour, weekday: isoWeekday(day) };
}
