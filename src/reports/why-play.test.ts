import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN } from '../../test/support/engine.ts';
import { createTestReports, type TestReports } from '../../test/support/reports.ts';
import type { Why } from './index.ts';

const CATALOG = `
diana: 1
name: play
currencies: { points: { name: Points, cap: { max: 12, per: day } } }
metrics: { wins: { count: quiz.won }, earned: { earned: points } }
rules:
  - { id: quiz, on: quiz.won, award: { points: 10 } }
achievements:
  - { id: winner, metric: wins, tiers: [{ id: first, at: 1 }, { id: tenth, at: 10 }] }
  - { id: hero, manual: true, tiers: [{ id: once, at: 1 }] }
  - { id: both, all: [winner.tenth, hero], tiers: [{ id: once, at: 2 }] }
  - { id: weekly, metric: wins, within: week, tiers: [{ id: five, at: 5 }] }
boards: [{ id: week, metric: wins, period: week }]
`;

let world: TestReports;
beforeAll(async () => {
  world = await createTestReports(CATALOG);
  await world.submit([1, 2].map((n) => ({ id: `q-${n}`, type: 'quiz.won', user: 'ada' })));
});
afterAll(() => world.close());

async function ask<A extends Why['about']>(about: A, id: string): Promise<Extract<Why, { readonly about: A }>> {
  const answer = await world.reports.why('ada', { about, id });
  if (!answer.ok || answer.value.about !== about) throw new Error(JSON.stringify(answer));
  return answer.value as Extract<Why, { readonly about: A }>;
}

test('an award that a cap cut says so', async () => {
  const { events } = await ask('rule', 'quiz');
  expect(events.map(({ awards }) => awards[0]?.arithmetic)).toEqual(['10, cut to 2 by the cap of 12 per day', '10']);
});

describe('an achievement', () => {
  test('that is made of others says which of them are missing', async () => {
    const told = await ask('achievement', 'both');
    expect(told.parts).toEqual([
      { id: 'winner.tenth', met: false, sentence: 'winner.tenth is not unlocked: wins is at 2 of 10.' },
      { id: 'hero', met: false, sentence: expect.any(String) },
    ]);
    expect(told.sentences).toContain('Tier once is not unlocked: its progress is at 0 of 2, so 2 are missing.');
  });

  test('that is counted within a week says so', async () => {
    expect((await ask('achievement', 'weekly')).tiers[0]?.sentence).toBe(
      'Tier five is not unlocked: wins of the week is at 2 of 5, so 3 are missing.',
    );
  });

  test('that is granted by hand and taken away again says so', async () => {
    expect((await ask('achievement', 'hero')).tiers[0]?.sentence).toBe('Tier once is not unlocked: it is granted by hand.');
    await world.engine.grants.grant('ada', 'hero', { tier: 'once', reason: 'a good deed' }, ADMIN);
    expect((await ask('achievement', 'hero')).tiers[0]?.sentence).toMatch(
      /^Tier once was unlocked on .*, by hand, under version 1/,
    );
    await world.engine.grants.revoke('ada', 'hero', { tier: 'once', reason: 'a mistake' }, ADMIN);
    expect((await ask('achievement', 'hero')).tiers[0]?.sentence).toBe(
      'Tier once was taken away by hand, and stays locked until it is granted again.',
    );
  });
});

test('points that are held, and a transfer that is taken back, are told by what they are', async () => {
  const held = await world.engine.createHold({ id: 'h-1', user: 'ada', currency: 'points', amount: 3 }, ADMIN);
  expect(held).toMatchObject({ ok: true });
  const page = await world.reports.transfers('ada', { limit: 10 });
  const hold = page?.transfers.find(({ kind }) => kind === 'hold');
  expect((await ask('transfer', hold?.id ?? '')).sentences[1]).toBe(
    "It was set apart by a hold by key key_test: it is still the user's, and cannot be spent.",
  );
  const award = page?.transfers.find(({ amount }) => amount === 2);
  const undone = await world.engine.undos.reverseTransfer(award?.id ?? '', { reason: 'a mistake' }, ADMIN);
  expect(undone).toMatchObject({ ok: true });
  const reversal = (await world.reports.transfers('ada', { limit: 10 }))?.transfers.find(({ kind }) => kind === 'reverse');
  expect((await ask('transfer', reversal?.id ?? '')).sentences[1]).toContain(`It takes back ${award?.id}`);
});
