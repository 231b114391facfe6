import { expect, test } from 'vitest';
import { openClosing } from '../../test/support/closing.ts';
import { NO_ORIGINS, parseCatalog } from '../catalog/index.ts';
import { createRulebook, emptyState } from './index.ts';
import { createMember } from './member.ts';
import { Unfolding } from './unfold.ts';

const CATALOG = `
diana: 1
currencies: { points: { name: Points } }
metrics: { earned: { earned: points } }
boards:
  - { id: weekly, metric: earned, period: week }
  - { id: daily, metric: earned, period: day }
achievements:
  - { id: champion, board: weekly, rank: 3, tiers: [ { id: once, at: 1, award: { points: 10 } }, { id: twice, at: 2 } ] }
  - { id: winner, board: weekly, rank: 1 }
`;

const parsed = parseCatalog(CATALOG);
if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
const tiers = { 'champion once': 0, 'champion twice': 1, 'winner done': 2 };
const rulebook = createRulebook(1, parsed.catalog, { ...NO_ORIGINS, tiers });
const now = Date.UTC(2026, 10, 23, 12);
const cause = { digest: '0'.repeat(32), recordedAt: now, catalogVersion: 1, actor: null, mayAdjust: false, nonce: null };
const member = createMember({ id: 'ada', digest: '' }, emptyState(1));

/** What is unlocked when a period of a board closes. */
function place(board: string, period: string, rank: number): readonly string[] {
  const occasion = { type: 'board.close', data: {}, time: { ms: now, offset: null }, source: 'diana' };
  const unfolding = new Unfolding(member.state, occasion, rulebook, cause);
  unfolding.facts.push({ type: 'board.placed', data: { board, period, rank, score: 5 }, cause: null });
  expect(unfolding.follow()).toBeUndefined();
  member.take(unfolding.changes());
  return unfolding.achievements.map(({ id, tier }) => `${id}.${tier}`);
}

test('counts the closed periods in which the rank was good enough, on its own board', () => {
  expect(place('weekly', '2026-W45', 4)).toEqual([]);
  expect(place('daily', '2026-11-16', 1)).toEqual([]);
  expect(place('weekly', '2026-W46', 3)).toEqual(['champion.once']);
  expect(place('weekly', '2026-W47', 1)).toEqual(['champion.twice', 'winner.done']);
  expect(member.state.balances.get('points')?.available).toBe(10);
});

test('is announced as periods close, so that the best are rewarded without anybody doing anything', async () => {
  const bench = await openClosing(
    `  - { id: weekly, metric: steps, period: week, zone: UTC }
achievements:
  - { id: champion, board: weekly, rank: 3, tiers: [ { id: once, at: 1, award: { points: 10 } }, { id: twice, at: 2 } ] }
  - { id: winner, board: weekly, rank: 1 }
`,
  );
  try {
    for (const [user, steps] of Object.entries({ ada: 4, bob: 3, cyd: 2, dan: 1 })) await bench.step(user, steps);
    bench.clock.set('2026-11-23T00:00:00Z');
    await bench.run();
    const rows = await bench.rows(
      `select id || ' ' || achievement || '.' || tier as line from achievements.unlock join users.person using (account) order by 1`,
    );
    expect(rows.map(({ line }) => String(line))).toEqual([
      'ada champion.once',
      'ada winner.done',
      'bob champion.once',
      'cyd champion.once',
    ]);
    expect(await bench.balances()).toEqual({ ada: 10, bob: 10, cyd: 10 });
    await bench.prove();
  } finally {
    await bench.close();
  }
});
