import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, createTestEngine, type TestEngine } from '../../test/support/engine.ts';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine(`
diana: 1
name: identity
currencies: { points: { name: Points } }
events:
  quiz.done: { data: { score: integer } }
metrics:
  done: { count: 'quiz.*' }
  earned: { earned: points }
rules:
  - { id: done, on: 'quiz.*', award: { points: 10 }, limit: { max: 2, per: day } }
  - { id: run, on: race.run, award: { points: 1 } }
  - { id: fine, on: admin.fine, adjust: { points: -5 } }
boards:
  - { id: weekly, metric: earned, period: week }
`);
});
afterAll(() => engine.close());

const quiz = (id: string, user: string, more: object = {}): object => ({
  id,
  type: 'quiz.done',
  user,
  data: { score: 1 },
  ...more,
});

async function written(): Promise<unknown> {
  const [row] = await engine.test.owner.unsafe(
    `select (select position from events.head)::int as position, (select count(*) from events.identity)::int as identities,
       (select count(*) from users.person)::int as people, (select count(*) from ledger.transfer)::int as transfers`,
  );
  return { ...row };
}

test('a repeat gets the very fields of the first answer: later, in the same batch, from another process, after a restart', async () => {
  const [first, inBatch] = await engine.submit([quiz('r1', 'alice'), quiz('r1', 'alice')]);
  expect(first).toMatchObject({ status: 'accepted', awards: [{ amount: 10, balance: 10 }] });
  await engine.submit([quiz('r2', 'alice'), quiz('r3', 'alice')]);
  const before = await written();
  const other = await engine.another();
  const [later] = await engine.submit([quiz('r1', 'alice')]);
  const [elsewhere] = await other.submit([quiz('r1', 'alice')], ADMIN);
  await other.drain();
  const [afterRestart] = await (await engine.another()).submit([quiz('r1', 'alice')], ADMIN);
  for (const again of [inBatch, later, elsewhere, afterRestart]) {
    expect(JSON.stringify({ ...again, status: 'accepted' })).toBe(JSON.stringify(first));
    expect(again?.status).toBe('duplicate');
  }
  expect(await written()).toEqual(before);
});

test('a repeat tells what was skipped, too', async () => {
  const results = await engine.submit([quiz('s1', 'sam'), quiz('s2', 'sam'), quiz('s3', 'sam')]);
  expect(results[2]).toMatchObject({ status: 'accepted', awards: [], skipped: [{ rule: 'done', code: 'limit_reached' }] });
  const [again] = await engine.submit([quiz('s3', 'sam')]);
  expect(again).toEqual({ ...results[2], status: 'duplicate' });
});

test('an id with another body is refused and writes nothing, in the same batch too', async () => {
  const [first, reused] = await engine.submit([quiz('u1', 'una'), quiz('u1', 'una', { data: { score: 2 } })]);
  expect(first?.status).toBe('accepted');
  expect(reused).toMatchObject({ id: 'u1', status: 'refused', code: 'id_reused', path: '/id', retryable: false });
  const before = await written();
  const results = await engine.submit([quiz('u1', 'nobody-else'), quiz('u1', 'una', { time: '2026-01-01T00:00:00Z' })]);
  expect(results.map((result) => result.status === 'refused' && result.code)).toEqual(['id_reused', 'id_reused']);
  expect(await written()).toEqual(before);
});

test('one id sent for many users at once goes to one of them; the others are told that it is taken', async () => {
  // Users who exist, so that nothing but the identity makes the transactions meet; two to eight of them.
  const crowd = Array.from({ length: 8 }, (_, n) => `crowd-${n}`);
  await engine.submit(crowd.map((user, n) => ({ id: `join-${n}`, type: 'race.run', user })));
  for (let round = 0; round < 28; round += 1) {
    const users = crowd.slice(0, 2 + (round % 7));
    const results = await engine.submit(users.map((user) => ({ id: `shared-${round}`, type: 'race.run', user })));
    const codes = results.map((result) => (result.status === 'refused' ? result.code : result.status)).toSorted();
    expect(codes).toEqual(['accepted', ...users.slice(1).map(() => 'id_reused')]);
  }
});

test('the same id from another source is another event', async () => {
  const results = await engine.submit([
    quiz('x', 'xenia', { source: 'web' }),
    quiz('x', 'xenia', { source: 'app' }),
    quiz('x', 'xenia'),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'accepted']);
  const [again] = await engine.submit([quiz('x', 'xenia', { source: 'default' })]);
  expect(again?.status).toBe('duplicate');
});

test('fields in another order are the same body', async () => {
  const [first] = await engine.submit([{ id: 'o', type: 'quiz.done', user: 'olga', data: { score: 1, note: 'a' } }]);
  const [again] = await engine.submit([{ data: { note: 'a', score: 1 }, user: 'olga', type: 'quiz.done', id: 'o' }]);
  expect(again).toEqual({ ...first, status: 'duplicate' });
});

test('an event without an id gets one, by which it is known from then on', async () => {
  const [first] = await engine.submit([{ type: 'quiz.done', user: 'ida', data: { score: 1 } }]);
  expect(first?.id).toMatch(/^evt_[0-9a-f]{32}$/);
  const [again] = await engine.submit([{ id: first?.id, type: 'quiz.done', user: 'ida', data: { score: 1 } }]);
  expect(again).toEqual({ ...first, status: 'duplicate' });
});

test('a refusal that came from state is remembered after a top-up', async () => {
  await engine.submit([quiz('top-0', 'tina')]);
  const spend = { id: 'sp1', kind: 'spend', user: 'tina', currency: 'points', amount: 25 };
  const first = await engine.engine.transfer(spend, ADMIN);
  expect(first).toMatchObject({ ok: false, refusal: { code: 'insufficient_balance' } });
  await engine.engine.transfer({ id: 'top-up', kind: 'award', user: 'tina', currency: 'points', amount: 1_000 }, ADMIN);
  expect(await engine.engine.transfer(spend, ADMIN)).toEqual(first);
  expect(await engine.engine.transfer({ ...spend, id: 'sp2' }, ADMIN)).toMatchObject({
    ok: true,
    value: { result: { balance: 985 } },
  });
});

test('an event refused by a balance is remembered, leaves no trace of a user, and moves nothing', async () => {
  const fine = { id: 'f1', type: 'admin.fine', user: 'newcomer' };
  const [first] = await engine.submit([fine], ADMIN);
  expect(first).toMatchObject({ status: 'refused', code: 'insufficient_balance', retryable: false });
  const people = await engine.test.owner.unsafe(`select 1 from users.person where id = 'newcomer'`);
  expect(people).toHaveLength(0);
  await engine.submit([quiz('f2', 'newcomer')]);
  expect(await engine.submit([fine], ADMIN)).toEqual([first]);
});

test('a malformed request leaves its id free', async () => {
  const wrong = [
    quiz('free', 'fred', { data: { score: 'ten' } }),
    quiz('free', 'fred', { time: 'yesterday' }),
    quiz('free', '', {}),
    { id: 'free', type: 'points.awarded', user: 'fred' },
  ];
  const results = await engine.submit(wrong);
  expect(results.map((result) => result.status === 'refused' && result.code)).toEqual([
    'invalid_data',
    'invalid_time',
    'malformed',
    'reserved_type',
  ]);
  const [right] = await engine.submit([quiz('free', 'fred')]);
  expect(right?.status).toBe('accepted');
});

test('an unknown currency and an unknown user leave the id of a transfer free', async () => {
  const transfer = { id: 'tf', kind: 'spend', user: 'nobody', currency: 'points', amount: 1 };
  expect(await engine.engine.transfer(transfer, ADMIN)).toMatchObject({ refusal: { code: 'unknown_user' } });
  expect(await engine.engine.transfer({ ...transfer, kind: 'award', currency: 'gold' }, ADMIN)).toMatchObject({
    refusal: { code: 'unknown_currency' },
  });
  expect(await engine.engine.transfer({ ...transfer, kind: 'award' }, ADMIN)).toMatchObject({ ok: true, value: { first: true } });
});

test('a repeated transfer gets the first answer again', async () => {
  const command = { id: 'again', kind: 'award', user: 'amy', currency: 'points', amount: 7, reason: 'for being amy' };
  const first = await engine.engine.transfer(command, ADMIN);
  await engine.engine.transfer({ ...command, id: 'more' }, ADMIN);
  const again = await engine.engine.transfer(command, ADMIN);
  expect(first).toMatchObject({ ok: true, value: { first: true, result: { balance: 7 } } });
  expect(again).toEqual({ ok: true, value: { ...(first.ok ? first.value : {}), first: false } });
  expect(await engine.engine.transfer({ ...command, amount: 8 }, ADMIN)).toMatchObject({ refusal: { code: 'id_reused' } });
});

test('one event taken by several processes at once is counted once', async () => {
  const others = await Promise.all([engine.another(), engine.another()]);
  const events = Array.from({ length: 40 }, (_, n) =>
    quiz(`race-${n}`, `racer-${n % 7}`, { time: `2026-11-${10 + (n % 10)}T10:00:00Z` }),
  );
  const shuffled = (by: number): object[] => events.map((_, n) => events[(n * by) % events.length] as object);
  const all = await Promise.all([
    engine.submit(shuffled(1)),
    others[0]?.submit(shuffled(7), ADMIN),
    others[1]?.submit(shuffled(11), ADMIN),
  ]);
  const accepted = all.flat().filter((result) => result?.status === 'accepted');
  expect(all.flat().every((result) => result?.status === 'accepted' || result?.status === 'duplicate')).toBe(true);
  expect(new Set(accepted.map((result) => result?.id)).size).toBe(40);
  expect(accepted).toHaveLength(40);
  await Promise.all(others.map((other) => other.drain()));
});
