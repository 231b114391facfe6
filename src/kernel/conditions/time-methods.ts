import { didYouMean } from '../closest.ts';
import { DAY, dateOf, dayOf, HOUR, isoWeekday, isZone, MINUTE, SECOND, zoneOffset } from '../time.ts';
import { Refused } from './compiler.ts';
import { FAIL } from './machine.ts';
import { NUMBER, type Typed } from './types.ts';

/** Calendar parts of a timestamp, of its local milliseconds. Names and origins as CEL has them. */
const PARTS: Readonly<Record<string, (local: number, day: number) => number>> = {
  getFullYear: (_, day) => dateOf(day).year,
  /** 0–11 */
  getMonth: (_, day) => dateOf(day).month - 1,
  /** 1–31 */
  getDate: (_, day) => dateOf(day).day,
  /** 0–30 */
  getDayOfMonth: (_, day) => dateOf(day).day - 1,
  /** 0 (Sunday) – 6 */
  getDayOfWeek: (_, day) => isoWeekday(day) % 7,
  /** 0–365 */
  getDayOfYear: (_, day) => day - dayOf(dateOf(day).year, 1, 1),
  getHours: (local, day) => Math.floor((local - day * DAY) / HOUR),
  getMinutes: (local, day) => Math.floor((local - day * DAY) / MINUTE) % 60,
  getSeconds: (local, day) => Math.floor((local - day * DAY) / SECOND) % 60,
  getMilliseconds: (local, day) => (local - day * DAY) % SECOND,
};

/** A duration in whole units, rounded towards zero. */
const SPANS: Readonly<Record<string, number>> = { getHours: HOUR, getMinutes: MINUTE, getSeconds: SECOND, getMilliseconds: 1 };

export const TIME_METHODS: readonly string[] = Object.keys(PARTS);

export function timeMethod(name: string, on: Typed, args: readonly Typed[], text: string): Typed {
  const { code } = on;
  if (on.type.kind === 'duration') {
    const unit = Object.hasOwn(SPANS, name) ? SPANS[name] : undefined;
    if (unit === undefined) throw new Refused(`unknown function .${name}() of a duration${didYouMean(name, Object.keys(SPANS))}`);
    if (args.length > 0) throw new Refused(`.${name}() takes no argument`);
    return { type: NUMBER, text, code: (run) => withValue(code(run), (ms) => Math.trunc(ms / unit)) };
  }
  const part = Object.hasOwn(PARTS, name) ? PARTS[name] : undefined;
  if (part === undefined) throw new Refused(`unknown function .${name}() of a timestamp${didYouMean(name, TIME_METHODS)}`);
  const zone = zoneOf(name, args);
  return {
    type: NUMBER,
    text,
    code: (run) =>
      withValue(code(run), (ms) => {
        const local = ms + zoneOffset(zone, ms);
        return part(local, Math.floor(local / DAY));
      }),
  };
}

/** Zones are named in the expression itself, so that a misspelt one is found at load. */
function zoneOf(name: string, args: readonly Typed[]): string {
  const [zone] = args;
  if (zone === undefined) return 'UTC';
  if (args.length > 1 || typeof zone.constant !== 'string') throw new Refused(`.${name}() takes at most a time zone, in quotes`);
  if (!isZone(zone.constant)) throw new Refused(`unknown time zone "${zone.constant}"`);
  return zone.constant;
}

function withValue(value: unknown, apply: (ms: number) => number): unknown {
  return typeof value === 'number' ? apply(value) : FAIL;
}
