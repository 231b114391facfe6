import { NOTHING_FORMER, parseCatalog, settleOrigins } from '../src/catalog/index.ts';
import { createRulebook, decideEvent, emptyState, type Rulebook } from '../src/engine/index.ts';
import { parseEvent } from '../src/events/index.ts';
import { median } from './numbers.ts';
import type { BenchOptions, Figure } from './section.ts';
import { CATALOG } from './traffic.ts';

/** So many are defined. */
const COUNT = 200;

/** What 200 achievements cost an event that moves what all of them wait for, decided without a database. */
export async function achievements({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const rounds = quick ? 2_000 : 20_000;
  const plain = rulebookOf([]);
  return Object.entries(KINDS).map(([name, { definition, state }]) => {
    const list = Array.from({ length: COUNT }, (_, n) => definition(n));
    const costs = inTurns(plain, rulebookOf(list), state, rounds);
    return {
      name: `check of ${COUNT} achievements, ${name}`,
      value: median(costs.map(({ without, with200 }) => Math.max(0, with200 - without))),
      unit: 'µs',
      target: { of: 'value', most: 50 },
      note: `a whole decision takes ${median(costs.map(({ without }) => without)).toFixed(1)} µs without them`,
    };
  });
}

type State = ReturnType<typeof emptyState>;

const far = (n: number): number => 1_000_000 + n;
const twoTiers = (n: number): string => `tiers: [ { id: one, at: ${far(n)} }, { id: two, at: ${2 * far(n)} } ]`;

const NEWCOMER = emptyState(1);
/** Has every tier. */
const VETERAN: State = {
  ...NEWCOMER,
  metrics: new Map([['files', { value: 10 * far(0), at: 0 }]]),
  unlocks: Array.from({ length: (2 * COUNT) / 32 + 1 }, () => 0xffff_ffff),
};

/** Nothing is unlocked: what is measured is the looking. */
const KINDS: Readonly<Record<string, { readonly definition: (n: number) => string; readonly state: State }>> = {
  'by one metric': { definition: (n) => `{ id: a${n}, metric: files, ${twoTiers(n)} }`, state: NEWCOMER },
  'all unlocked': { definition: (n) => `{ id: a${n}, metric: files, ${twoTiers(n)} }`, state: VETERAN },
  'reached, what they require is not': {
    definition: (n) =>
      n === 0
        ? '{ id: hero, manual: true }'
        : `{ id: a${n}, metric: files, requires: [ hero ], tiers: [ { id: one, at: 1 }, { id: two, at: 2 } ] }`,
    state: NEWCOMER,
  },
  'within a week, repeatable': {
    definition: (n) => `{ id: a${n}, metric: files, within: week, repeatable: true, ${twoTiers(n)} }`,
    state: NEWCOMER,
  },
  'in sequence': {
    definition: (n) => `{ id: a${n}, sequence: [ other.t${n}, code.commit ], deadline: 7d }`,
    state: NEWCOMER,
  },
  'of every kind': {
    definition: (n) =>
      [
        `{ id: a${n}, metric: files, ${twoTiers(n)} }`,
        `{ id: a${n}, metric: files, within: week, repeatable: true, ${twoTiers(n)} }`,
        `{ id: a${n}, metric: files, repeatable: true, tiers: [ { id: one, at: ${far(n)} } ] }`,
        `{ id: a${n}, sequence: [ other.t${n}, code.commit ], deadline: 7d }`,
        `{ id: a${n}, all: [ a${n - (n % 6)}, a${n - (n % 6) + 1} ] }`,
        `{ id: a${n}, manual: true }`,
      ][n % 6] as string,
    state: NEWCOMER,
  },
};

function rulebookOf(list: readonly string[]): Rulebook {
  const section = list.length === 0 ? '' : `achievements:\n${list.map((one) => `  - ${one}\n`).join('')}`;
  const parsed = parseCatalog(`${CATALOG}${section}`);
  if (!parsed.ok) throw new Error(`the catalog has faults: ${JSON.stringify(parsed.faults)}`);
  const version = { number: 1, now: '2026-01-01T00:00:00.000Z', former: NOTHING_FORMER };
  return createRulebook(1, parsed.catalog, settleOrigins(null, parsed.catalog, version).origins);
}

/** Microseconds a decision, by two rulebooks in turns, so that whatever slows the machine slows both. */
function inTurns(
  plain: Rulebook,
  full: Rulebook,
  state: State,
  rounds: number,
): readonly { readonly without: number; readonly with200: number }[] {
  decideTime(plain, state, rounds);
  decideTime(full, state, rounds);
  return Array.from({ length: 5 }, () => ({
    without: decideTime(plain, state, rounds),
    with200: decideTime(full, state, rounds),
  }));
}

function decideTime(rulebook: Rulebook, state: State, rounds: number): number {
  const recordedAt = Date.UTC(2026, 10, 21, 12);
  const raw = { id: 'e', type: 'code.commit', user: 'u', data: { repo: 'diana', files: 3 } };
  const parsed = parseEvent(raw, recordedAt, () => 'unused');
  if (!parsed.ok) throw new Error(parsed.refusal.message);
  const event = parsed.value;
  const cause = { digest: '0'.repeat(32), recordedAt, catalogVersion: 1, actor: null, mayAdjust: false, nonce: null };
  const started = performance.now();
  for (let n = 0; n < rounds; n += 1) decideEvent(state, event, rulebook, cause);
  return ((performance.now() - started) / rounds) * 1_000;
}
