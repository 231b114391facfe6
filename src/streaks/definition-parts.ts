import {
  type DocumentNode,
  expected,
  type Faults,
  fields,
  integer,
  list,
  mapping,
  report,
  required,
  text,
} from '../kernel/document.ts';
import { isKnown } from '../kernel/document-names.ts';
import { durationText, readDuration } from '../kernel/duration.ts';
import { MAX_POINTS } from '../kernel/points.ts';
import { DAY, HOUR } from '../kernel/time.ts';
import type { Amount, Freezes, Milestone, Restore } from './model.ts';

/** Later on a day its events are nobody's night. */
export const MAX_GRACE = 12 * HOUR;
/** What is broken for longer begins anew. */
export const MAX_WITHIN = 90 * DAY;
/** Freezes that a streak may have at once: with more of them nothing is ever broken. */
export const MAX_FREEZES = 100;
/** Units: more than a lifetime of days, as a bound on slips of the pen. */
export const MAX_LENGTH = 100_000;

const GRACE = "hours of grace such as '30m' or '3h', at most 12h";
const WITHIN = "a time such as '12h' or '3d', at most 90 days";
const LENGTH = `a whole number from 1 to ${MAX_LENGTH}`;
const FREEZES = `a whole number from 0 to ${MAX_FREEZES}`;

/** `grace: 3h` */
export function parseGrace(faults: Faults, node: DocumentNode): number | undefined {
  return parseTime(faults, node, GRACE, MAX_GRACE);
}

function parseTime(faults: Faults, node: DocumentNode, what: string, most: number): number | undefined {
  const written = text(faults, node, what);
  const time = written === undefined ? undefined : readDuration(written);
  if (written === undefined || (time !== undefined && time <= most)) return time;
  return report(faults, node, `expected ${what}, found "${written}"`);
}

/** `{ start: 1, every: 7, max: 3 }` */
export function parseFreezes(faults: Faults, node: DocumentNode): Freezes | undefined {
  const entries = fields(faults, node, ['start', 'every', 'max'], 'freezes, as in { start: 1, every: 7, max: 3 }');
  if (entries === undefined) return undefined;
  const given = entries.get('start');
  const start = given === undefined ? 0 : integer(faults, given, 0, MAX_FREEZES, FREEZES);
  const each = required(faults, node, entries, 'every');
  const every = each === undefined ? undefined : integer(faults, each, 1, MAX_LENGTH, LENGTH);
  const most = required(faults, node, entries, 'max');
  const max = most === undefined ? undefined : integer(faults, most, 1, MAX_FREEZES, `a whole number from 1 to ${MAX_FREEZES}`);
  if (start === undefined || every === undefined || max === undefined) return undefined;
  if (start > max) return report(faults, given ?? node, `a streak begins with ${start} freezes, and may have ${max} at most`);
  return { start, every, max };
}

/** `{ within: 3d, price: { points: 200 } }` */
export function parseRestore(faults: Faults, node: DocumentNode, currencies: readonly string[]): Restore | undefined {
  const entries = fields(faults, node, ['within', 'price'], 'a way back, as in { within: 3d, price: { points: 200 } }');
  if (entries === undefined) return undefined;
  const given = required(faults, node, entries, 'within');
  const within = given === undefined ? undefined : parseTime(faults, given, WITHIN, MAX_WITHIN);
  const price = parseAmounts(faults, entries.get('price'), currencies);
  return within === undefined ? undefined : { within, price };
}

/** `[{ at: 7, award: { points: 50 } }]` */
export function parseMilestones(faults: Faults, node: DocumentNode, currencies: readonly string[]): readonly Milestone[] {
  const items = list(faults, node, 'a list of milestones, as in [{ at: 7, award: { points: 50 } }]') ?? [];
  if (node.kind === 'list' && (items.length === 0 || items.length > 1_000))
    report(faults, node, 'expected from 1 to 1000 milestones, as in { at: 7, award: { points: 50 } }');
  const milestones: Milestone[] = [];
  for (const item of items.slice(0, 1_000)) {
    const entries = fields(faults, item, ['at', 'award'], 'a milestone, as in { at: 7, award: { points: 50 } }');
    if (entries === undefined) continue;
    const given = required(faults, item, entries, 'at');
    const at = given === undefined ? undefined : integer(faults, given, 1, MAX_LENGTH, LENGTH);
    const awards = parseAmounts(faults, entries.get('award'), currencies);
    if (at === undefined) continue;
    const before = milestones.at(-1);
    if (before !== undefined && at <= before.at)
      report(faults, item, `milestones ascend: this one is at ${at}, the one before it at ${before.at}`);
    milestones.push({ at, awards });
  }
  return milestones;
}

function parseAmounts(faults: Faults, node: DocumentNode | undefined, currencies: readonly string[]): readonly Amount[] {
  if (node === undefined) return [];
  const entries = mapping(faults, node, 'a mapping from currencies to amounts, as in { points: 50 }');
  if (entries?.size === 0) expected(faults, node, 'at least one currency, as in { points: 50 }');
  return [...(entries ?? [])].flatMap(([currency, given]) => {
    const known = isKnown(faults, given, 'currency', currency, currencies);
    const amount = integer(faults, given, 1, MAX_POINTS, 'a whole number of points from 1 to 2^53 − 1');
    return known && amount !== undefined ? [{ currency, amount }] : [];
  });
}

export function describeFreezes({ start, every, max }: Freezes): string {
  return `freezes ${start}, one more each ${every}, at most ${max}`;
}

export function describeRestore({ within, price }: Restore): string {
  return `restored within ${durationText(within)}${price.length === 0 ? '' : ` for ${describeAmounts(price)}`}`;
}

export function describeMilestone({ at, awards }: Milestone): string {
  return `milestone ${at}${awards.length === 0 ? '' : ` gives ${describeAmounts(awards)}`}`;
}

function describeAmounts(amounts: readonly Amount[]): string {
  return amounts.map(({ currency, amount }) => `${amount} ${currency}`).join(' and ');
}
