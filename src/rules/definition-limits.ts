import { type DocumentNode, type Faults, fields, integer, oneOf, report, required, text } from '../kernel/document.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../kernel/time.ts';
import { MAX_POINTS } from '../kernel/points.ts';
import type { Limit } from './model.ts';
import { readDuration } from '../kernel/duration.ts';

const PER = ['second', 'minute', 'hour', 'day', 'week', 'month'] as const;
/** These slide; the others are periods of the user's calendar. */
const SLIDING: Partial<Record<(typeof PER)[number], number>> = { second: SECOND, minute: MINUTE, hour: HOUR };

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
  const window = readDuration(written);
  return window !== undefined && window <= MAX_WINDOW ? window : report(faults, node, `expected ${WITHIN}, found "${written}"`);
}

const limitSchema = {
  description: 'How often the rule pays one user: at most "max" awards in a span.',
  type: 'object',
  properties: {
    max: { description: 'Awards, at least 1.', type: 'integer', minimum: 1, maximum: MAX_POINTS },
    per: {
      description: "Span of the limit: second, minute and hour slide; day, week and month are those of the user's calendar.",
      enum: PER,
    },
    within: {
      description: 'Length of a window that slides, such as 90s, 15m, 2h or 7d; at most 366 days.',
      type: 'string',
      pattern: '^[1-9][0-9]{0,8}[smhd]$',
    },
  },
  required: ['max'],
  oneOf: [{ required: ['per'] }, { required: ['within'] }],
  additionalProperties: false,
} as const;

export const limitsSchema = {
  description: 'How often the rule pays one user: one limit, or a list of which all hold.',
  anyOf: [limitSchema, { type: 'array', items: limitSchema }],
} as const;
