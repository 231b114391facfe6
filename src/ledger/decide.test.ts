import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { post } from './decide.ts';
import { ADJUSTED, type Balance, EMPTY_BALANCE, HELD, ISSUED, SPENT, type TransferDraft } from './model.ts';

const draft = (more: Partial<TransferDraft>): TransferDraft => ({
  id: '00000000-0000-8000-a000-000000000001',
  kind: 'award',
  currency: 'points',
  debit: ISSUED,
  credit: 7,
  amount: 10,
  occurredAt: 0,
  recordedAt: 0,
  cause: '00000000-0000-0000-0000-000000000000',
  rule: null,
  catalogVersion: 1,
  actor: null,
  reasonCommitment: null,
  ...more,
});

const MOST = Number.MAX_SAFE_INTEGER;
const rich: Balance = { ...EMPTY_BALANCE, available: 100, credited: 100, entries: 1 };

describe('a transfer is posted', () => {
  test('to one chain where the system is on the other side', () => {
    const posted = post(draft({}), null, EMPTY_BALANCE, 'deny');
    expect(posted).toMatchObject({
      ok: true,
      value: { debit: null, credit: { available: 10, credited: 10, debited: 0, entries: 1 } },
    });
    expect(posted.ok && posted.value.transfer).toMatchObject({ debitEntry: null, creditEntry: { number: 1, balance: 10 } });
  });

  test('to both chains between two users, each with a hash of its own', () => {
    const posted = post(draft({ kind: 'transfer', debit: 7, credit: 8, amount: 30 }), rich, EMPTY_BALANCE, 'deny');
    expect(posted).toMatchObject({
      ok: true,
      value: { debit: { available: 70, entries: 2 }, credit: { available: 30, entries: 1 } },
    });
    if (!posted.ok) return;
    const { debitEntry, creditEntry } = posted.value.transfer;
    expect(debitEntry?.hash).not.toBe(creditEntry?.hash);
    expect([posted.value.debit?.head, posted.value.credit?.head]).toEqual([debitEntry?.hash, creditEntry?.hash]);
  });

  test('down to the last point and not below, unless the currency allows it', () => {
    const spend = draft({ kind: 'spend', debit: 7, credit: SPENT, amount: 100 });
    expect(post(spend, rich, null, 'deny')).toMatchObject({ ok: true, value: { debit: { available: 0 } } });
    expect(post({ ...spend, amount: 101 }, rich, null, 'deny')).toMatchObject({
      ok: false,
      refusal: { code: 'insufficient_balance' },
    });
    expect(post({ ...spend, amount: 101 }, rich, null, 'allow')).toMatchObject({ ok: true, value: { debit: { available: -1 } } });
  });

  test('from what is available only: held points are not there to be spent, and belong to the balance', () => {
    const holding: Balance = { ...rich, available: 60, held: 40 };
    const spend = draft({ kind: 'spend', debit: 7, credit: SPENT, amount: 61 });
    expect(post(spend, holding, null, 'deny')).toMatchObject({ refusal: { code: 'insufficient_balance' } });
    expect(post({ ...spend, amount: 60 }, holding, null, 'deny')).toMatchObject({
      value: { transfer: { debitEntry: { balance: 40 } } },
    });
  });

  test('set apart and back: the balance stays, and nothing is credited or debited', () => {
    const held = post(draft({ kind: 'hold', debit: 7, credit: HELD, amount: 40 }), rich, null, 'deny');
    expect(held).toMatchObject({
      value: {
        debit: { available: 60, held: 40, credited: 100, debited: 0, entries: 2 },
        transfer: { debitEntry: { number: 2, balance: 100 }, creditEntry: null },
      },
    });
    const holding = held.ok && held.value.debit !== null ? held.value.debit : EMPTY_BALANCE;
    const release = draft({ kind: 'release', debit: HELD, credit: 7, amount: 40 });
    expect(post(release, null, holding, 'deny')).toMatchObject({
      value: {
        credit: { available: 100, held: 0, credited: 100, debited: 0, entries: 3 },
        transfer: { creditEntry: { balance: 100 } },
      },
    });
    expect(post({ ...release, amount: 41 }, null, holding, 'allow')).toMatchObject({ refusal: { code: 'insufficient_balance' } });
  });

  test('captured from what is held, for whom it may concern, and never more than that', () => {
    const holding: Balance = { ...rich, available: 60, held: 40 };
    const capture = draft({ kind: 'capture', debit: 7, credit: 8, amount: 30 });
    expect(post(capture, holding, EMPTY_BALANCE, 'deny')).toMatchObject({
      value: { debit: { available: 60, held: 10, debited: 30 }, credit: { available: 30, held: 0, credited: 30 } },
    });
    expect(post({ ...capture, amount: 41 }, holding, EMPTY_BALANCE, 'allow')).toMatchObject({
      refusal: { code: 'insufficient_balance', message: '41 points needed, 40 held' },
    });
  });

  test('never beyond the exact integers', () => {
    const full: Balance = { ...EMPTY_BALANCE, available: MOST, credited: MOST, entries: 1 };
    expect(post(draft({ amount: 1 }), null, full, 'deny')).toMatchObject({ refusal: { code: 'balance_overflow' } });
    const deep: Balance = { ...EMPTY_BALANCE, available: -MOST, debited: MOST, entries: 1 };
    expect(post(draft({ kind: 'adjust', debit: 7, credit: ADJUSTED, amount: 1 }), deep, null, 'allow')).toMatchObject({
      refusal: { code: 'balance_overflow' },
    });
  });
});

test('whatever is posted in whatever order, balances add up, entries are dense, and the sum is what was issued', () => {
  const step = fc.record({
    from: fc.constantFrom(1, 2, 3, ISSUED, SPENT),
    to: fc.constantFrom(1, 2, 3, ISSUED, SPENT),
    amount: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constantFrom(MOST, MOST - 3)),
    overdraft: fc.constantFrom('deny' as const, 'allow' as const),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const accounts = new Map<number, Balance>();
      let net = 0n;
      for (const { from, to, amount, overdraft } of steps) {
        if (from === to || (from < 0 && to < 0)) continue;
        const [debit, credit] = [from, to].map((id) => (id < 0 ? null : (accounts.get(id) ?? EMPTY_BALANCE))) as [
          Balance | null,
          Balance | null,
        ];
        const posted = post(draft({ debit: from, credit: to, amount }), debit, credit, overdraft);
        if (!posted.ok) continue;
        if (from < 0) net += BigInt(amount);
        if (to < 0) net -= BigInt(amount);
        for (const [id, after, before] of [
          [from, posted.value.debit, debit],
          [to, posted.value.credit, credit],
        ] as const) {
          if (after === null || before === null) continue;
          expect(after.entries).toBe(before.entries + 1);
          expect(BigInt(after.available) + BigInt(after.held)).toBe(BigInt(after.credited) - BigInt(after.debited));
          expect(after.head).not.toBe(before.head);
          accounts.set(id, after);
        }
      }
      expect([...accounts.values()].reduce((sum, { available }) => sum + BigInt(available), 0n)).toBe(net);
    }),
  );
});
