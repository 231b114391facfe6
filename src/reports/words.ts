import { periodKey } from '../kernel/period.ts';
import { formatTime, zoneOffset } from '../kernel/time.ts';

/** Small parts of sentences for people. */

export function count(n: number, noun: string, nouns = `${noun}s`): string {
  return `${figure(n)} ${n === 1 ? noun : nouns}`;
}

export function figure(n: number): string {
  return n.toLocaleString('en-US', { maximumFractionDigits: 6 });
}

export function listed(parts: readonly string[], word = 'and'): string {
  if (parts.length < 2) return parts[0] ?? '';
  return `${parts.slice(0, -1).join(', ')} ${word} ${parts.at(-1)}`;
}

/** A moment on the clocks of a place, to the minute: `2026-11-21 at 13:00 (Europe/Berlin)`. */
export function moment(ms: number, zone: string): string {
  const local = formatTime(ms + zoneOffset(zone, ms));
  return `${local.slice(0, 10)} at ${local.slice(11, 16)} (${zone})`;
}

/** A local day: `2026-11-21`. */
export function dayText(day: number): string {
  return periodKey('day', day);
}

/** With the first letter as at the beginning of a sentence. */
export function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
