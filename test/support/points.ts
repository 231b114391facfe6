import { expect } from 'vitest';
import type { HoldResult } from '../../src/engine/index.ts';
import type { Engine } from '../../src/engine/index.ts';
import type { Outcome } from '../../src/kernel/outcome.ts';
import { verifyLedger } from '../../src/ledger/index.ts';
import { ADMIN, SERVICE, type TestEngine } from './engine.ts';

/** What a command answers, or the code of its refusal. */
export function told<R>(outcome: Outcome<{ readonly result: R }>): R | string {
  return outcome.ok ? outcome.value.result : outcome.refusal.code;
}

export async function give({ engine }: TestEngine, user: string, amount: number, id = `give-${user}-${amount}`): Promise<void> {
  const outcome = await engine.transfer({ id, kind: 'award', user, currency: 'points', amount }, ADMIN);
  if (!outcome.ok) throw new Error(outcome.refusal.message);
}

export async function hold(engine: Engine, id: string, amount: number, more: object = {}): Promise<HoldResult | string> {
  return told(await engine.createHold({ id, user: 'ada', currency: 'points', amount, ...more }, SERVICE));
}

/** Facts of some types, oldest first. */
export async function factsOf({ test }: TestEngine, pattern: string): Promise<readonly (readonly [string, object])[]> {
  const rows = await test.owner<{ type: string; data: object }[]>`
    select type, data from events.log where type like ${pattern} order by position`;
  return rows.map(({ type, data }) => [type, data]);
}

/** Available and held. */
export async function balanceOf({ test }: TestEngine, user: string): Promise<readonly [number, number]> {
  const [row] = await test.owner<{ available: string; held: string }[]>`
    select a.available, a.held from ledger.account a join users.person p using (account)
    where p.id = ${user} and a.currency = 'points'`;
  return [Number(row?.available ?? 0), Number(row?.held ?? 0)];
}

export async function expectProven({ test }: TestEngine): Promise<void> {
  const report = await verifyLedger(test.database, { now: () => 0, chunk: 7 });
  expect(report.faults).toEqual([]);
  expect(report.ok).toBe(true);
}
