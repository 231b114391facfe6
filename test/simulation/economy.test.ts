import { expect, test } from 'vitest';
import type { Engine } from '../../src/engine/index.ts';
import { verifyLedger } from '../../src/ledger/index.ts';
import { ADMIN, createTestEngine, type TestEngine } from '../support/engine.ts';
import { createRandom, type Random } from '../support/random.ts';
import { Model, type ModelAnswer, type ModelEvent, type ModelTransfer } from './model.ts';

const CATALOG = `
diana: 1
name: simulated
currencies: { points: { name: Points }, credit: { name: Credit, overdraft: allow } }
metrics:
  quizzes: { count: quiz.done }
  earned: { earned: points }
multipliers:
  steady: { when: "metrics['quizzes'] >= 5", factor: 1.1 }
rules:
  - { id: quiz, on: quiz.done, award: { points: 10 }, limit: { max: 3, per: day } }
boards:
  - { id: all, metric: earned }
`;
const RUNS = 100;
const ACTIONS = 60;
const SEED = Number(process.env['TEST_SEED'] ?? 1);

type Action = { readonly transfer: ModelTransfer } | { readonly event: ModelEvent };

/** Few users, few ids: repeats, reused ids and empty pockets are the rule here. */
function anAction(random: Random, run: number): Action {
  const name = (): string => `run${run}-${'abcde'[random.below(5)] ?? 'a'}`;
  const id = `run${run}-${random.below(45)}`;
  const user = name();
  if (random.next() < 0.45) return { event: { id, user, day: `2026-11-1${random.below(3)}`, n: random.below(2) } };
  const kind = random.pick(['award', 'spend', 'transfer', 'transfer', 'adjust'] as const);
  const others = ['a', 'b', 'c', 'd', 'e'].map((letter) => `run${run}-${letter}`).filter((other) => other !== user);
  const amount = 1 + random.below(25);
  return {
    transfer: {
      id,
      kind,
      user,
      ...(kind === 'transfer' ? { to: random.pick(others) } : {}),
      currency: random.next() < 0.75 ? 'points' : 'credit',
      amount: kind === 'adjust' && random.next() < 0.5 ? -amount : amount,
    },
  };
}

async function play(engine: Engine, action: Action): Promise<ModelAnswer> {
  if ('transfer' in action) {
    const { transfer } = action;
    const outcome = await engine.transfer(transfer.kind === 'adjust' ? { ...transfer, reason: 'simulated' } : transfer, ADMIN);
    if (!outcome.ok) return { outcome: outcome.refusal.code, balance: null };
    return { outcome: outcome.value.first ? 'done' : 'repeated', balance: outcome.value.result.balance };
  }
  const { id, user, day, n } = action.event;
  const [result] = await engine.submit([{ id, type: 'quiz.done', user, time: `${day}T12:00:00Z`, data: { n } }], ADMIN);
  if (result === undefined || result.status === 'refused') return { outcome: result?.code ?? 'nothing', balance: null };
  // An event that earns nothing tells no balance.
  return { outcome: result.status === 'accepted' ? 'done' : 'repeated', balance: result.awards[0]?.balance ?? null };
}

async function compare(test: TestEngine, model: Model, run: number): Promise<void> {
  const rows = await test.test.owner.unsafe(
    `select p.id as user, b.currency, b.available::int as n from users.person p join ledger.account b using (account) where p.id like $1`,
    [`run${run}-%`],
  );
  const balances = Object.fromEntries(rows.map((row) => [`${String(row['user'])} ${String(row['currency'])}`, Number(row['n'])]));
  expect(balances).toEqual(
    Object.fromEntries([...model.balances].filter(([key]) => key in balances || model.balances.get(key) !== 0)),
  );
  const people = await test.test.owner.unsafe('select id from users.person where id like $1', [`run${run}-%`]);
  expect(people.map((row) => String(row['id'])).toSorted()).toEqual([...model.people].toSorted());
  const states = await test.test.owner.unsafe(
    'select p.id, a.state, s.score from users.person p join engine.account a using (account) left join boards.score s using (account) where p.id like $1',
    [`run${run}-%`],
  );
  for (const row of states) {
    const user = String(row['id']);
    const { metrics } = row['state'] as { readonly metrics: Readonly<Record<string, readonly [number, number]>> };
    expect([user, metrics['quizzes']?.[0] ?? 0, metrics['earned']?.[0] ?? 0]).toEqual([
      user,
      model.quizzes.get(user) ?? 0,
      model.earned.get(user) ?? 0,
    ]);
    expect([user, row['score'] ?? 0]).toEqual([user, model.earned.get(user) ?? 0]);
  }
}

test(`the engine does what a naive model does, in ${RUNS} runs from seed ${SEED}`, async () => {
  const bench = await createTestEngine(CATALOG);
  const other = await bench.another();
  try {
    await Promise.all(
      Array.from({ length: 4 }, async (_, worker) => {
        for (let run = worker; run < RUNS; run += 4) {
          const random = createRandom(SEED * 1_000 + run);
          const model = new Model();
          const told: string[] = [];
          for (let n = 0; n < ACTIONS; n += 1) {
            const action = anAction(random, run);
            const expected = 'transfer' in action ? model.transfer(action.transfer) : model.event(action.event);
            const answer = await play(random.next() < 0.5 ? bench.engine : other, action);
            told.push(JSON.stringify(action));
            const balance = answer.balance === null && 'event' in action ? null : expected.balance;
            expect({ seed: SEED, run, told: told.slice(-3), ...answer }).toEqual({
              seed: SEED,
              run,
              told: told.slice(-3),
              ...expected,
              balance,
            });
          }
          await compare(bench, model, run);
        }
      }),
    );
    const report = await verifyLedger(bench.test.database, { now: bench.clock.now });
    expect(report.faults).toEqual([]);
  } finally {
    await other.drain();
    await bench.close();
  }
});
