import { type Outcome, refused } from '../../kernel/outcome.ts';
import type { Currency } from '../../ledger/index.ts';

/** What an adjustment may take, and whether a debt may be left. */
export interface Settled {
  /** Signed, not zero. */
  readonly amount: number;
  readonly overdraft: Currency['overdraft'];
}

/** What becomes of a signed adjustment where `available` is there, by what the currency says of it. */
export function settleAdjustment(
  currency: Pick<Currency, 'code' | 'adjust'>,
  amount: number,
  available: number,
): Outcome<Settled> {
  const { code, adjust } = currency;
  if (amount > 0 || adjust !== 'clamp') return { ok: true, value: { amount, overdraft: adjust === 'allow' ? 'allow' : 'deny' } };
  if (available <= 0) {
    return refused({
      code: 'insufficient_balance',
      message: `nothing of ${-amount} ${code} can be taken: ${available} available`,
    });
  }
  return { ok: true, value: { amount: -Math.min(-amount, available), overdraft: 'deny' } };
}
