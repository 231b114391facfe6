import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ADMIN, createTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { dumpState } from '../../test/support/state.ts';
import { verifyLedger } from '../ledger/index.ts';
import type { EventResult } from './model.ts';

const CATALOG = `
diana: 1
name: batching
timezone: Asia/Kolkata
currencies: { points: { name: Points }, gems: { name: Gems } }
metrics:
  done: { count: 'quiz.*' }
  score: { sum: event.data.n, on: 'quiz.*' }
  heard: { count: points.awarded }
  earned: { earned: points }
  most: { max: event.data.n, on: 'quiz.*' }
  kinds: { distinct: event.data.n, on: 'quiz.*', when: event.data.n > 0 }
  row: { run: 'quiz.*', while: event.data.n > 2 }
  pocket: { balance: gems }
  level: { level: true }
  days: { streak: daily }
streaks:
  daily: { on: 'quiz.*', every: day }
levels: { metric: earned, formula: 'floor(sqrt(value / 10)) + 1' }
multipliers:
  steady: { streak: daily, tiers: [ { from: 2, factor: 1.25 } ] }
  grown: { factor: '1 + 0.1 * (user.level - 1)' }
  often: { when: "metrics['done'] > 3", factor: 1.1 }
rules:
  - { id: done, on: quiz.done, award: { points: 7 }, limit: [ { max: 3, per: day }, { max: 2, within: 1h } ] }
  - { id: won, on: quiz.won, when: "event.data.n > metrics['done']", award: { points: event.data.n, gems: 1 } }
  - { id: fine, on: admin.fine, adjust: { gems: -2 } }
  - { id: promoted, on: level.reached, award: { gems: 3 } }
achievements:
  - { id: collector, metric: kinds, requires: [ doer ], tiers: [ { id: three, at: 3, award: { points: 5 } }, { id: six, at: 6 } ] }
  - { id: doer, metric: done, tiers: [ { id: two, at: 2, award: { gems: 2 } }, { id: nine, at: 9 } ] }
  - { id: grown, metric: level, tiers: [ { id: three, at: 3, award: { points: 1 } } ] }
  - { id: steady, metric: days, secret: true, tiers: [ { id: three, at: 3 } ] }
boards:
  - { id: most, metric: most, period: day }
  - { id: kinds, metric: kinds, period: week }
  - { id: rows, metric: row, period: month }
  - { id: pockets, metric: pocket, order: asc }
  - { id: daily, metric: score, period: day }
  - { id: weekly, metric: earned, period: week, zone: Europe/Berlin }
  - { id: ever, metric: heard }
`;

const event = fc.record({
  id: fc.integer({ min: 0, max: 40 }).map((n) => `e${n}`),
  type: fc.constantFrom('quiz.done', 'quiz.done', 'quiz.won', 'admin.fine', 'other.thing'),
  user: fc.integer({ min: 0, max: 4 }).map((n) => `user-${n}`),
  time: fc.tuple(fc.integer({ min: 0, max: 60 }), fc.constantFrom('Z', '+05:00', '-08:00')).map(([quarters, zone]) => {
    const at = new Date(Date.parse('2026-11-17T20:00:00Z') + quarters * 75 * 60_000).toISOString().slice(0, 19);
    return `${at}${zone}`;
  }),
  data: fc.record({ n: fc.integer({ min: -3, max: 12 }) }),
});

/** Positions, and the transfer ids that are made from the moment of acceptance, differ by nature; nothing else may. */
function comparable(results: readonly EventResult[]): string {
  return JSON.stringify(
    results,
    (key, value: unknown) => (key === 'position' || (key === 'transfer' && value !== null) ? '*' : value),
    1,
  );
}

async function play(
  events: readonly object[],
  engine: TestEngine,
  chunk: number,
): Promise<{ readonly results: string; readonly state: string }> {
  const results: EventResult[] = [];
  for (let at = 0; at < events.length; at += chunk) results.push(...(await engine.submit(events.slice(at, at + chunk), ADMIN)));
  const report = await verifyLedger(engine.test.database, { now: engine.clock.now });
  expect(report.faults).toEqual([]);
  return { results: comparable(results), state: await dumpState(engine.test.owner) };
}

test('how events are cut into batches changes neither results nor balances, counters, limits and scores', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 60 }), fc.integer({ min: 2, max: 9 }), async (events, chunk) => {
      // One event may be sent for two users only once its first taker is settled: who gets it is a race by nature.
      const takers = new Map<string, string>();
      const honest = events.filter(({ id, user }) => (takers.get(id) ?? takers.set(id, user).get(id)) === user);
      const ways = [
        { options: { lanes: 1, maxBatch: 1 }, chunk: 1 },
        { options: { lanes: 1, maxBatch: 500 }, chunk: 1_000 },
        { options: { lanes: 3, maxBatch: 4 }, chunk: 1_000 },
        { options: { lanes: 2, maxBatch: 500 }, chunk },
      ];
      const played = [];
      for (const way of ways) {
        const engine = await createTestEngine(CATALOG, way.options);
        try {
          played.push(await play(honest, engine, way.chunk));
        } finally {
          await engine.close();
        }
      }
      for (const other of played.slice(1)) expect(other).toEqual(played[0]);
    }),
    { numRuns: 12 },
  );
  // Each run has databases of its own: on a busy machine that takes minutes.
}, 300_000);
