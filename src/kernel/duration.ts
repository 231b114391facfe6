import { DAY, HOUR, MINUTE, SECOND } from './time.ts';

/** Lengths of time as a catalog writes them: `90s`, `15m`, `2h`, `7d`; in milliseconds here. */

const UNITS: Readonly<Record<string, number>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY };

export function readDuration(text: string): number | undefined {
  const match = /^([1-9]\d{0,8})([smhd])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN);
}

/** In the largest unit that divides it. */
export function durationText(duration: number): string {
  const [unit, length] = Object.entries(UNITS).findLast(([, length]) => duration % length === 0) ?? ['s', SECOND];
  return `${duration / length}${unit}`;
}
