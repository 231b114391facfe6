import { expect } from 'vitest';
import type { Parameter } from '../../src/kernel/ports.ts';
import { type LedgerFault, type VerificationReport, verifyLedger } from '../../src/ledger/index.ts';
import { book } from '../../src/engine/post.ts';
import { decodeHotRow } from '../../src/engine/state.ts';
import { Overlay } from '../../src/kernel/overlay.ts';
import { insertTransfers, saveBalances } from '../../src/ledger/index.ts';
import { ADMIN, createTestEngine, type TestEngine } from './engine.ts';

export const CATALOG = `
diana: 1
name: test
currencies: { points: { name: Points }, gems: { name: Gems } }
metrics: { earned: { earned: points } }
rules:
  - { id: quiz, on: quiz.won, award: { points: 10 } }
  - { id: find, on: gem.found, award: { gems: 1 } }
boards: []
`;

/** A ledger made by the engine: three people with five entries in each of two currencies, and four transfers. */
export async function createTestLedger(): Promise<TestEngine> {
  const engine = await createTestEngine(CATALOG);
  const events = ['ada', 'bob', 'cyd'].flatMap((user) =>
    [1, 2, 3, 4, 5].flatMap((n) => [
      { id: `${user}-${n}`, type: 'quiz.won', user, time: `2026-11-20T10:00:0${n}Z` },
      { id: `${user}-gem-${n}`, type: 'gem.found', user },
    ]),
  );
  await engine.submit(events);
  await transfer(engine, { id: 'gift', kind: 'transfer', user: 'ada', to: 'bob', amount: 5, reason: 'for the help' });
  await transfer(engine, { id: 'cup', kind: 'spend', user: 'bob', amount: 7, reason: 'a cup' });
  await transfer(engine, { id: 'fix', kind: 'adjust', user: 'cyd', amount: -3, reason: 'counted twice' });
  await transfer(engine, { id: 'late', kind: 'award', user: 'ada', amount: 4 });
  return engine;
}

async function transfer({ engine }: TestEngine, command: object): Promise<void> {
  const outcome = await engine.transfer({ currency: 'points', ...command }, ADMIN);
  if (!outcome.ok) throw new Error(outcome.refusal.message);
}

/** In small chunks, so that chains are cut by them. */
export function verify({ test }: TestEngine, chunk = 7): Promise<VerificationReport> {
  return verifyLedger(test.database, { now: () => 0, chunk });
}

/** As the owner of the database who is set on it: nothing stops them. */
export async function tamper({ test }: TestEngine, statement: string, parameters: readonly Parameter[] = []): Promise<void> {
  await test.owner.unsafe('alter table ledger.transfer disable trigger all');
  await test.owner.unsafe('alter table events.log disable trigger all');
  const done = await test.owner.unsafe(statement, [...parameters]);
  expect(done.count).toBeGreaterThan(0);
}

export interface KnownEntry {
  readonly account: string;
  readonly id: string;
  /** As a fault names it. */
  readonly named: Pick<LedgerFault, 'account' | 'currency' | 'entry' | 'transfer'>;
}

/** The n-th entry in points of a user. */
export async function entryOf({ test }: TestEngine, user: string, entry: number): Promise<KnownEntry> {
  const [row] = await test.owner<{ account: string; id: string }[]>`
    select p.account::text, t.id from users.person p
    join ledger.transfer t on t.currency = 'points'
      and ((t.credit = p.account and t.credit_entry = ${entry}) or (t.debit = p.account and t.debit_entry = ${entry}))
    where p.id = ${user}`;
  if (row === undefined) throw new Error(`${user} has no entry ${entry}`);
  const account = `acct_${Number(row.account).toString(36)}`;
  return { ...row, named: { account, currency: 'points', entry, transfer: `tr_${row.id.replaceAll('-', '')}` } };
}

/** Books that an entry of a user, an award of 4, is taken back, and announces nothing. */
export async function takeBack(engine: TestEngine, of: string, entry: number): Promise<void> {
  const { account, id } = await entryOf(engine, of, entry);
  const [row] = await engine.test.owner<{ state: unknown }[]>`select state from engine.account where account = ${account}`;
  const user = { account: Number(account), balances: new Overlay(decodeHotRow(row?.state).balances) };
  const cause = { digest: id, recordedAt: 1, catalogVersion: 1, actor: null, mayAdjust: false, nonce: null };
  const booked = book(
    { kind: 'reverse', currency: 'points', amount: -4, rule: null, reason: null, reverses: id },
    { user, to: null },
    'deny',
    { ...cause, occurredAt: 1, ordinal: 9 },
  );
  const balance = user.balances.get('points');
  if (!booked.ok || balance === undefined) throw new Error('it cannot be taken back');
  await engine.test.database.transaction(async (tx) => {
    await insertTransfers(tx, [booked.value.transfer]);
    await saveBalances(tx, [{ ...balance, account: user.account, currency: 'points' }]);
  });
}
