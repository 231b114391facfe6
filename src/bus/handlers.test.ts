import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BusBench, createBusBench, eventually } from '../../test/support/bus.ts';
import type { BusEvent } from './index.ts';

let bench: BusBench;
beforeAll(async () => {
  bench = await createBusBench();
});
afterAll(() => bench.close());

const won = (id: string, user: string) => ({ id, type: 'game.won', user, data: { n: 1 } });

test('a handler is called for what matches, in order, with what it causes', async () => {
  const { bus, submit } = await bench.open();
  const seen: BusEvent[] = [];
  await bus.subscribe(['game.*', 'points.*'], (event) => void seen.push(event), { name: 'first' });
  await submit([{ ...won('a', 'ada'), correlationId: 'c-1' }, won('b', 'ada'), { id: 'c', type: 'other.thing', user: 'ada' }]);
  await eventually(
    'all are there',
    () => seen.length,
    (n) => n === 4,
  );
  expect(
    seen.map(({ type, id, correlationId, causationId }) => [type, id.replace(/\d+/, 'N'), correlationId, causationId]),
  ).toEqual([
    ['game.won', 'a', 'c-1', null],
    ['points.awarded', 'evt_N', 'c-1', 'a'],
    ['game.won', 'b', 'b', null],
    ['points.awarded', 'evt_N', 'b', 'b'],
  ]);
  expect(seen[1]).toMatchObject({ source: 'diana', user: 'ada', data: { amount: 10 } });
  const [report] = await bus.list();
  expect(report).toMatchObject({ name: 'first', kind: 'handler', health: { status: 'ok', lag: { events: 0 } } });
});

test('what a handler writes, and what it publishes, stands with the fact that it was called', async () => {
  const { bus, submit, database } = await bench.open();
  await bench.test.owner.unsafe('create table if not exists app.wins (event text primary key, n int)');
  await bench.test.owner.unsafe('grant all on app.wins to diana_service');
  const answers: BusEvent[] = [];
  let failures = 2;
  await bus.subscribe(
    'quest.done',
    async (event, tx) => {
      await tx.query('insert into app.wins values ($1, 1)', [event.id]);
      bus.publish(tx, {
        type: 'quest.rewarded',
        user: event.user,
        data: { of: event.id },
        correlationId: event.correlationId,
        causationId: event.id,
      });
      if ((failures -= 1) >= 0) throw new Error('not yet');
    },
    { retry: { base: 1, cap: 5 } },
  );
  await bus.subscribe('quest.rewarded', (event) => void answers.push(event));
  await submit([{ id: 'q1', type: 'quest.done', user: 'eve', correlationId: 'q' }]);
  await eventually(
    'answered',
    () => answers.length,
    (n) => n === 1,
  );
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(answers).toHaveLength(1);
  expect(answers[0]).toMatchObject({ user: 'eve', data: { of: 'q1' }, correlationId: 'q', causationId: 'q1' });
  expect(await database.read('select event from app.wins')).toEqual([{ event: 'q1' }]);
});
