import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN } from '../../test/support/engine.ts';
import { createTestReports, type TestReports } from '../../test/support/reports.ts';
import type { AcceptedResult } from '../engine/index.ts';
import type { TransferWhy, WhyFault } from './index.ts';
import { CATALOG } from './why.fixture.ts';

let world: TestReports;
let first: AcceptedResult;
beforeAll(async () => {
  world = await createTestReports(CATALOG);
  await world.engine.putUser('vera', { attributes: { vip: true } }, ADMIN);
  const [answer] = await world.submit([
    { id: 'v-1', type: 'code.commit', user: 'vera', time: '2026-11-21T10:00:00Z', correlationId: 'c-1' },
  ]);
  if (answer?.status !== 'accepted') throw new Error('the event was refused');
  first = answer;
});
afterAll(() => world.close());

async function ask(user: string, id: string | null | undefined): Promise<TransferWhy> {
  const answer = await world.reports.why(user, { about: 'transfer', id: id ?? '' });
  if (!answer.ok || answer.value.about !== 'transfer') throw new Error(JSON.stringify(answer));
  return answer.value;
}

async function fault(user: string, id: string): Promise<WhyFault | undefined> {
  const answer = await world.reports.why(user, { about: 'transfer', id });
  return answer.ok ? undefined : answer.fault;
}

const transferOf = (rule: string): string | null | undefined => first.awards.find((award) => award.rule === rule)?.transfer;

test('what a rule gave leads to the event, the rule of then, and the amount in one line', async () => {
  const told = await ask('vera', transferOf('commit'));
  expect(told).toMatchObject({
    about: 'transfer',
    user: 'vera',
    arm: null,
    verdict: null,
    refusal: null,
    actor: null,
    transfer: {
      kind: 'award',
      amount: 15,
      currency: 'points',
      balance: 16,
      rule: 'commit',
      counterparty: '@issued',
      catalogVersion: 1,
    },
    event: { id: 'v-1', source: 'default', correlationId: 'c-1', position: first.position },
    because: [],
    award: { base: 10, multipliers: [{ id: 'vip', factor: 1.5, reason: expect.stringContaining('when has(') }, { id: 'level' }] },
  });
  expect(told.sentences).toEqual([
    'vera received 15 points on 2026-11-21 at 13:00 (Europe/Berlin), after which the balance was 16.',
    'Rule "commit" gave it: on code.commit, award 10 points, multipliers streak vip level pause, at most 2 per day, at most 5 within 604800s.',
    'Version 1 of the catalog decided it.',
    'It came from code.commit "v-1" of 2026-11-21 at 11:00 (Europe/Berlin).',
    'The amount: 10 × 1.5 (vip: when has(user.attributes.vip) && user.attributes.vip == true) × 1 (level: 1 + 0.5 * (user.level - 1)) = 15.',
    'Its limits then stood at 1 of 2 per day and 1 of 5 within 7d.',
  ]);
});

test('a reward leads to the achievement, and to what unlocked it', async () => {
  const told = await ask('vera', transferOf('achievement:committer:bronze'));
  expect(told).toMatchObject({
    transfer: { amount: 5, rule: 'achievement:committer:bronze' },
    event: { id: 'v-1' },
    because: [{ type: 'achievement.unlocked', data: { achievement: 'committer', tier: 'bronze' } }],
    definition: 'name "Committer", by commits, bronze at 1 gives 5 points, silver at 3, gold at 100',
    award: { amount: 5, reason: 'unlocked committer bronze at 1' },
  });
  expect(told.sentences.slice(1, 4)).toEqual([
    'It rewards achievement "committer", tier bronze: name "Committer", by commits, bronze at 1 gives 5 points, silver at 3, gold at 100.',
    'Version 1 of the catalog decided it.',
    'It came from code.commit "v-1" of 2026-11-21 at 11:00 (Europe/Berlin), which led to achievement.unlocked (committer bronze).',
  ]);
});

describe('what somebody asked for', () => {
  beforeAll(async () => {
    await world.transfer({ id: 'buy-1', kind: 'spend', user: 'vera', amount: 3, reason: 'a sticker' });
    await world.transfer({ id: 'gift-1', kind: 'transfer', user: 'vera', to: 'otto', amount: 2 });
    await world.transfer({ id: 'fix-1', kind: 'adjust', user: 'vera', amount: -1, reason: 'A typo.' });
  });

  test('is found by the id of whoever asked, with who and why', async () => {
    const told = await ask('vera', 'buy-1');
    expect(told).toMatchObject({
      transfer: { kind: 'spend', amount: -3, reason: 'a sticker' },
      actor: 'key_test',
      event: { type: 'points.spent', source: null },
      definition: null,
      award: null,
    });
    expect(told.sentences).toEqual([
      'vera gave up 3 points on 2026-11-21 at 13:00 (Europe/Berlin), after which the balance was 18.',
      'It was spent by key key_test. The reason: a sticker.',
    ]);
    expect((await ask('vera', told.transfer?.id)).sentences).toEqual(told.sentences);
    expect((await ask('vera', 'fix-1')).sentences[1]).toBe('It was adjusted by hand by key key_test. The reason: A typo.');
  });

  test('is told to either side as it sees it', async () => {
    expect((await ask('vera', 'gift-1')).sentences[1]).toBe('It was given to otto by key key_test.');
    const received = await ask('otto', 'gift-1');
    expect(received).toMatchObject({
      event: null,
      transfer: { amount: 2, balance: 2, counterparty: 'vera' },
    });
    expect(received.sentences[1]).toBe('It was a gift from vera by key key_test.');
  });

  test('and was refused tells why', async () => {
    await world.engine.transfer({ id: 'buy-2', kind: 'spend', user: 'vera', currency: 'points', amount: 9_999 }, ADMIN);
    expect(await ask('vera', 'buy-2')).toMatchObject({
      transfer: null,
      refusal: { code: 'insufficient_balance' },
      sentences: [expect.stringMatching(/^Transfer "buy-2" was refused as insufficient_balance, and nothing was booked: /)],
    });
    expect(await fault('otto', 'buy-2')).toBe('unknown_transfer');
  });
});

test('kinds and givers that this version does not know are told by their name', async () => {
  const [row] = await world.test.owner<{ account: string }[]>`select account from users.person where id = 'otto'`;
  await world.test.owner`alter table ledger.transfer drop constraint transfer_kind_check`;
  await world.test.owner`
    insert into ledger.transfer (id, kind, currency, debit, credit, amount, occurred_at, recorded_at, cause, rule, catalog_version,
      credit_entry, credit_balance, credit_hash)
    values ('00000000-0000-8000-a000-000000000001', 'award', 'points', -1, ${row?.account ?? ''}, 4, now(), '2026-11-21T12:00:00Z',
      '00000000-0000-8000-a000-000000000009', 'board:weekly:2026-W47:1', 1, 3, 7, sha256('a')),
      ('00000000-0000-8000-a000-000000000002', 'melt', 'points', -1, ${row?.account ?? ''}, 4, now(), '2026-11-21T12:00:00Z',
      '00000000-0000-8000-a000-000000000009', null, 1, 4, 11, sha256('b'))`;
  expect((await ask('otto', 'tr_0000000000008000a000000000000001')).sentences.slice(1)).toEqual([
    'Board "weekly" (2026-W47, 1) gave it, as board:weekly:2026-W47:1.',
    'Version 1 of the catalog decided it.',
  ]);
  expect(await ask('otto', 'tr_0000000000008000a000000000000002')).toMatchObject({
    event: null,
    sentences: [expect.any(String), 'It was booked as "melt".'],
  });
});

test('what an adjusting rule took is told as taken', async () => {
  const [answer] = await world.submit([{ id: 'fix-2', type: 'admin.correction', user: 'vera', data: { amount: -2 } }], ADMIN);
  const transfer = answer?.status === 'accepted' ? answer.adjustments?.[0]?.transfer : undefined;
  const told = await ask('vera', transfer);
  expect(told).toMatchObject({ transfer: { kind: 'adjust', amount: -2 }, award: { base: -2, arithmetic: '-2' } });
  expect(told.sentences[1]).toBe(
    'Rule "correction" took it, booked as "adjust": on admin.correction, adjust (event.data.amount) points.',
  );
});

test('a transfer of somebody else is none, and neither is anything else', async () => {
  expect(await fault('otto', transferOf('commit') ?? '')).toBe('unknown_transfer');
  expect(await fault('vera', 'tr_00000000000000000000000000000000')).toBe('unknown_transfer');
  expect(await fault('vera', 'v-1')).toBe('unknown_transfer');
  expect(await fault('nobody', 'buy-1')).toBe('unknown_user');
});

test('a rule is told as it was, whatever the catalog says today', async () => {
  await world.engine.applyCatalog(CATALOG.replace('award: { points: 10 }', 'award: { points: 99 }'), ADMIN);
  expect(await ask('vera', transferOf('commit'))).toMatchObject({
    definition: expect.stringContaining('award 10 points'),
    award: { arithmetic: expect.stringMatching(/^10 × /) },
  });
});
