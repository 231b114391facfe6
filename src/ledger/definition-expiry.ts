import {
  addCalendar,
  CALENDAR_DURATION_SHAPE,
  type CalendarDuration,
  readCalendarDuration,
} from '../kernel/calendar-duration.ts';
import { type DocumentNode, type Faults, fields, report, text } from '../kernel/document.ts';
import { periodSpan } from '../kernel/period.ts';
import { dayOf } from '../kernel/time.ts';
import { type Expiry, expiryDay, warningDay } from './expiry.ts';

const DURATION = "a length of time of days, weeks, months or years, such as 'P30D', 'P6M' or 'P1Y', at most 100 years";
const AT = "a day of every year, such as '12-31', or one day, such as '2027-06-30'";

/** `expires:` of a currency. */
export function parseExpiry(faults: Faults, node: DocumentNode | undefined): Expiry | null {
  if (node === undefined) return null;
  const entries = fields(faults, node, ['after', 'at', 'warn'], 'when points expire, as in { after: P365D, warn: P30D }');
  if (entries === undefined) return null;
  const [after, at, ahead] = [entries.get('after'), entries.get('at'), entries.get('warn')];
  const warn = ahead === undefined ? null : parseDuration(faults, ahead);
  if (after !== undefined && at !== undefined)
    return report(faults, node, 'points expire "after" a time or "at" a day, not both') ?? null;
  if (after === undefined && at === undefined) return report(faults, node, '"after" or "at" is missing') ?? null;
  const rule = after === undefined ? (at === undefined ? undefined : parseDay(faults, at)) : parseAfter(faults, after);
  if (rule === undefined || warn === undefined) return null;
  const expiry: Expiry = { ...rule, warn };
  if (ahead !== undefined && !comesAhead(expiry)) {
    report(faults, ahead, `the warning would come before the points: ${warn?.text} is no shorter than they last`);
  }
  return expiry;
}

function parseAfter(
  faults: Faults,
  node: DocumentNode,
): { readonly kind: 'after'; readonly after: CalendarDuration } | undefined {
  const after = parseDuration(faults, node);
  return after === undefined ? undefined : { kind: 'after', after };
}

function parseDuration(faults: Faults, node: DocumentNode): CalendarDuration | undefined {
  const written = text(faults, node, DURATION);
  if (written === undefined) return undefined;
  return readCalendarDuration(written) ?? report(faults, node, `expected ${DURATION}, found "${written}"`);
}

function parseDay(
  faults: Faults,
  node: DocumentNode,
):
  | { readonly kind: 'yearly'; readonly month: number; readonly day: number }
  | { readonly kind: 'once'; readonly on: number }
  | undefined {
  const written = text(faults, node, AT);
  if (written === undefined) return undefined;
  if (written === '02-29') return report(faults, node, 'not every year has a 29 February; take 02-28 or 03-01');
  // Any year without that day will do.
  const yearly = periodSpan('day', `2027-${written}`);
  if (yearly !== undefined) return { kind: 'yearly', month: Number(written.slice(0, 2)), day: Number(written.slice(3)) };
  const once = periodSpan('day', written);
  return once === undefined ? report(faults, node, `expected ${AT}, found "${written}"`) : { kind: 'once', on: once.from };
}

/** Whether whoever earns points on any day is warned after that. Months differ, and come round every four years. */
function comesAhead(expiry: Expiry): boolean {
  if (expiry.kind === 'once') return true;
  const first = dayOf(2027, 1, 1);
  if (expiry.kind === 'yearly') {
    // A day before the last time they expired nobody has any of them.
    const on = expiryDay(expiry, first) ?? first;
    return (warningDay(expiry, on) ?? on) > addCalendar(on, YEAR, -1);
  }
  for (let day = first; day < first + 4 * 366; day += 1) {
    const on = expiryDay(expiry, day) ?? day;
    if ((warningDay(expiry, on) ?? on) <= day) return false;
  }
  return true;
}

const YEAR: CalendarDuration = { months: 12, days: 0, text: 'P1Y' };

const durationSchema = { type: 'string', pattern: CALENDAR_DURATION_SHAPE, maxLength: 200 } as const;

export const expirySchema = {
  description: 'When points expire, those first that do so soonest; for ever where this is left out.',
  type: 'object',
  properties: {
    after: {
      description: 'So long after they were earned, in ISO 8601: days, weeks, months, years, such as P365D, P6M or P1Y.',
      ...durationSchema,
    },
    at: {
      description: 'At the beginning of a day of every year, such as 12-31, or of one day, such as 2027-06-30.',
      type: 'string',
      pattern: '^(\\d{4}-)?\\d{2}-\\d{2}$',
    },
    warn: { description: 'How long ahead points.expiring is announced, such as P30D.', ...durationSchema },
  },
  oneOf: [{ required: ['after'] }, { required: ['at'] }],
  additionalProperties: false,
} as const;
