import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN } from '../../test/support/engine.ts';
import { createTestReports, type TestReports } from '../../test/support/reports.ts';
import type { Why } from './index.ts';

const CATALOG = `
diana: 1
name: undone
currencies: { points: { name: Points } }
undo: { achievements: keep }
metrics:
  wins: { count: quiz.won }
  best: { max: event.data.score, on: quiz.won }
  earned: { earned: points }
rules:
  - { id: quiz, on: quiz.won, award: { points: 10 } }
achievements:
  - { id: winner, metric: wins, tiers: [{ id: second, at: 2, award: { points: 5 } }] }
boards:
  - { id: wins, metric: wins }
  - { id: best, metric: best }
  - { id: week, metric: earned, period: week }
`;

let world: TestReports;
beforeAll(async () => {
  world = await createTestReports(CATALOG);
  await world.submit([3, 9].map((score, n) => ({ id: `q-${n + 1}`, type: 'quiz.won', user: 'ada', data: { score } })));
  const undone = await world.engine.undos.undoEvent('default', 'q-2', { reason: 'a bot' }, ADMIN);
  expect(undone).toMatchObject({ ok: true });
});
afterAll(() => world.close());

async function ask<A extends Why['about']>(about: A, id: string): Promise<Extract<Why, { readonly about: A }>> {
  const answer = await world.reports.why('ada', { about, id });
  if (!answer.ok || answer.value.about !== about) throw new Error(JSON.stringify(answer));
  return answer.value as Extract<Why, { readonly about: A }>;
}

describe('of an event that was undone', () => {
  test('the rule says that what it gave was taken back', async () => {
    const { events } = await ask('rule', 'quiz');
    expect(events.map(({ undone }) => undone !== null)).toEqual([true, false]);
    expect(events[0]?.sentence).toMatch(
      /^Rule "quiz" gave 10 points for quiz\.won "q-2" of .*\. All of it was taken back on .*\.$/,
    );
    expect(events[1]?.sentence).not.toContain('taken back');
  });

  test('the transfer names the one that takes it back', async () => {
    const page = await world.reports.transfers('ada', { limit: 10 });
    const reversal = page?.transfers.find(({ kind }) => kind === 'reverse');
    const awards = page?.transfers.filter(({ rule, kind }) => rule === 'quiz' && kind === 'award') ?? [];
    const [second, first] = await Promise.all(awards.map(({ id }) => ask('transfer', id)));
    expect(second?.reversed).toMatchObject({ transfer: reversal?.id });
    expect(second?.sentences.at(-1)).toMatch(new RegExp(`^It was taken back on .*, by ${reversal?.id}\\.$`));
    expect(first?.reversed).toBeNull();
  });

  test('a board tells what stays of it, so that what is told adds up to the score', async () => {
    const week = await ask('board', 'week');
    expect(week.moves.map(({ event, by, undone }) => [event.id, by, undone !== null])).toEqual([
      ['q-2', 5, true],
      ['q-1', 10, false],
    ]);
    expect(week.score).toBe(15);
    expect(week.sentences).toContainEqual(
      expect.stringMatching(/^\+5 by quiz\.won "q-2" of .*; the rest of it was taken back on /),
    );

    const wins = await ask('board', 'wins');
    expect(wins.moves).toMatchObject([
      { event: { id: 'q-2' }, by: null, undone: { position: expect.any(Number) } },
      { event: { id: 'q-1' }, by: 1, undone: null },
    ]);
    expect(wins.sentences).toContainEqual(
      expect.stringMatching(/^Nothing any more by quiz\.won "q-2" of .*, which was taken back on /),
    );
  });

  test('a board by the highest value tells values, not steps', async () => {
    const best = await ask('board', 'best');
    expect(best.score).toBe(3);
    expect(best.moves).toMatchObject([
      { event: { id: 'q-2' }, by: null, value: null },
      { event: { id: 'q-1' }, by: null, value: 3 },
    ]);
    expect(best.sentences).toContainEqual(expect.stringMatching(/^3 by quiz\.won "q-1"/));
  });
});
