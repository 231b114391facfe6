import { type DocumentNode, type Faults, fields, integer, oneOf, report, required, text } from '../kernel/document.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../kernel/time.ts';
import { MAX_POINTS } from '../kernel/points.ts';
import type { Limit } from './model.ts';

const PER = ['second', 'minute', 'hour', 'day', 'week', 'month'] as const;
/** These slide; the others are periods of the user's calendar. */
const SLIDING: Partial<Record<(typeof PER)[number], number>> = { second: SECOND, minute: MINUTE, hour: HOUR };

const UNITS: Readonly<Record<string, number>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY };
/** Awards have to be looked up over the whole window; a year of them is the most that is kept at hand. */
const MAX_WINDOW = 366 * DAY;
const WITHIN = "a window such as '90s', '15m', '2h' or '7d', at most 366 days";

/** `limit:`, one or a list; all of them hold. */
export function parseLimits(faults: Faults, node: DocumentNode | undefined): readonly Limit[] {
  if (node === undefined) return [];
  const given = node.kind === 'list' ? node.items : [node];
  return given.flatMap((item) => {
    const limit = parseLimit(faults, item);
    return limit === undefined ? [] : [limit];
  });
}

function parseLimit(faults: Faults, node: DocumentNode): Limit | undefined {
  const entries = fields(faults, node, ['max', 'per', 'within'], 'a limit, as in { max: 20, per: day }');
  if (entries === undefined) return undefined;
  const given = required(faults, node, entries, 'max');
  const max = given === undefined ? undefined : integer(faults, given, 1, MAX_POINTS, 'a whole number of awards, at least 1');
  const per = entries.get('per');
  const within = entries.get('within');
  if (per !== undefined && within !== undefined) return report(faults, node, 'a limit has "per" or "within", not both');
  if (per !== undefined) {
    const period = oneOf(faults, per, PER);
    if (max === undefined || period === undefined) return undefined;
    if (period === 'day' || period === 'week' || period === 'month') return { kind: 'calendar', max, per: period };
    return { kind: 'sliding', max, window: SLIDING[period] ?? SECOND };
  }
  if (within === undefined)
    return report(faults, node, '"per" or "within" is missing: { max: 20, per: day } or { max: 20, within: 90s }');
  const window = parseWindow(faults, within);
  return max === undefined || window === undefined ? undefined : { kind: 'sliding', max, window };
}

function parseWindow(faults: Faults, node: DocumentNode): number | undefined {
  const written = text(faults, node, WITHIN);
  if (written === undefined) return undefined;
  const match = /^([1-9]\d{0,8})([smhd])$/.exec(written);
  const window = match === null ? Number.NaN : Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN);
  return window <= MAX_WINDOW ? window : report(faults, node, `expected ${WITHIN}, found "${written}"`);
}
