import { Cron } from 'croner';
import { DAY, HOUR, MINUTE, SECOND, zoneOffset } from './time.ts';

/** Periods that run from one firing of a cron pattern to the next, on the clocks of a zone. */
export interface CronSpan {
  /**
   * The start as clocks show it: `2026-11-20T18-00`. Where they show that minute a second time, the second has a `b` behind it.
   * Keys sort as their periods do.
   */
  readonly key: string;
  /** Milliseconds: the firing, and the next one. */
  readonly from: number;
  readonly to: number;
}

/** No zone puts its clocks back further at once (Troll: two hours). */
const LONGEST_STEP_BACK = 4 * HOUR;
/** How far back a firing is looked for: 29 February is at most eight years away. */
const FURTHEST = 20 * 366 * DAY;
/** Spans kept of one pattern. */
const MAX_SPANS = 5_000;
const MAX_PATTERNS = 1_000;

/** Why a pattern cuts no periods, or undefined. */
export function cronFault(pattern: string): string | undefined {
  const fields = pattern.trim().split(/\s+/);
  if (fields.length !== 5 || pattern.includes('?')) return 'expected five fields: minute, hour, day of month, month, day of week';
  if (!/^\d{1,2}$/.test(fields[0] ?? ''))
    return 'a period lasts an hour at least: expected one minute in the first field, such as 0';
  try {
    const first = new Cron(pattern, { timezone: 'UTC', mode: '5-part', paused: true }).nextRun(new Date(0));
    return first === null ? 'the pattern never fires' : undefined;
  } catch {
    return 'expected five fields: minute, hour, day of month, month, day of week, such as "0 18 * * 5"';
  }
}

/** The span that a moment falls in. Of a pattern without fault, always there. */
export function cronSpan(pattern: string, zone: string, ms: number): CronSpan {
  const firings = firingsOf(pattern, zone);
  const { latest } = firings;
  if (latest !== undefined && latest.from <= ms && ms < latest.to) return latest;
  const at = placeOf(firings.spans, ms);
  const known = firings.spans[at - 1];
  if (known !== undefined && ms < known.to) {
    firings.latest = known;
    return known;
  }
  const from = firings.upTo(ms);
  const span = { key: firings.key(from), from, to: firings.after(from) };
  if (firings.spans.length >= MAX_SPANS) firings.spans.length = 0;
  firings.spans.splice(placeOf(firings.spans, ms), 0, span);
  firings.latest = span;
  return span;
}

/** The span of a key, or undefined when there is none of it. */
export function cronSpanOf(pattern: string, zone: string, key: string): CronSpan | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2})-(\d{2})b?$/.exec(key);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = match.slice(1).map(Number);
  const clock = Date.UTC(year, month - 1, day, hour, minute);
  for (const offset of [zoneOffset(zone, clock - DAY), zoneOffset(zone, clock + DAY)]) {
    const span = cronSpan(pattern, zone, clock - offset);
    if (span.key === key && span.from === clock - offset) return span;
  }
  return undefined;
}

interface Firings {
  /** In order, with gaps. */
  readonly spans: CronSpan[];
  /** The one asked for last: most events fall in the same. */
  latest: CronSpan | undefined;
  /** The last firing that is not after `ms`. */
  upTo(ms: number): number;
  after(firing: number): number;
  key(firing: number): string;
}

const patterns = new Map<string, Firings>();

function firingsOf(pattern: string, zone: string): Firings {
  const id = `${zone} ${pattern}`;
  const known = patterns.get(id);
  if (known !== undefined) return known;
  if (patterns.size >= MAX_PATTERNS) patterns.clear();
  const firings = createFirings(pattern, zone);
  patterns.set(id, firings);
  return firings;
}

function createFirings(pattern: string, zone: string): Firings {
  const cron = new Cron(pattern, { timezone: zone, mode: '5-part', paused: true });

  function next(ms: number): number {
    const run = cron.nextRun(new Date(Math.floor(ms / SECOND) * SECOND));
    if (run === null) throw new Error(`the pattern "${pattern}" fires no more after ${ms}`);
    return run.getTime();
  }

  function clockAt(ms: number): number {
    return ms + zoneOffset(zone, ms);
  }

  /** Firings that clocks showed before they were put back for this one; nearly always none. */
  function beforeStepBack(firing: number): readonly number[] {
    const start = firing - LONGEST_STEP_BACK;
    if (zoneOffset(zone, start) <= zoneOffset(zone, firing)) return [];
    const found: number[] = [];
    for (let one = next(start); one < firing; one = next(one)) found.push(one);
    return found;
  }

  /** One whose clock time lies before that of an earlier one begins no period of its own: keys sort by time. */
  function begins(firing: number): boolean {
    return beforeStepBack(firing).every((earlier) => clockAt(earlier) <= clockAt(firing));
  }

  function last(ms: number): number {
    for (let back = HOUR; back <= FURTHEST; back *= 2) {
      let firing = next(ms - back - SECOND);
      if (firing > ms) continue;
      for (let following = next(firing); following <= ms; following = next(firing)) firing = following;
      return firing;
    }
    throw new Error(`the pattern "${pattern}" did not fire before ${ms}`);
  }

  return {
    spans: [],
    latest: undefined,
    upTo(ms) {
      let firing = last(ms);
      while (!begins(firing)) firing = last(firing - 1);
      return firing;
    },
    after(firing) {
      let following = next(firing);
      while (!begins(following)) following = next(following);
      return following;
    },
    key(firing) {
      const clock = clockAt(firing);
      const again = beforeStepBack(firing).some((earlier) => clockAt(earlier) === clock);
      const text = new Date(Math.floor(clock / MINUTE) * MINUTE).toISOString();
      return `${text.slice(0, 13)}-${text.slice(14, 16)}${again ? 'b' : ''}`;
    },
  };
}

/** Where a span that contains `ms` belongs. */
function placeOf(spans: readonly CronSpan[], ms: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle] as CronSpan).from <= ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
