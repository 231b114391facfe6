import { DAY, HOUR, MINUTE, SECOND } from '../time.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY };
const DURATION = /^-?(?:\d{1,15}(?:\.\d{1,9})?(?:ms|s|m|h|d))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;

/** Milliseconds of `90m`, `1h30m`, `-1.5s`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (text.length > 100 || !DURATION.test(text)) return undefined;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(PART)) sum += Number(count) * (UNITS[unit ?? ''] ?? Number.NaN);
  if (!Number.isFinite(sum)) return undefined;
  return text.startsWith('-') ? -sum : sum;
}
