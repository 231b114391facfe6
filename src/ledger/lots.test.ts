import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dueOf, EMPTY_BALANCE, leftOf, type Lot } from './index.ts';

const lot = (on: number, amount: number): Lot => ({ on, amount, warned: false });
const balance = (credited: number, debited: number, held = 0) => ({
  ...EMPTY_BALANCE,
  credited,
  debited,
  held,
  available: credited - debited - held,
});

describe('what is left of lots', () => {
  test.each<[string, readonly number[], readonly number[]]>([
    ['everything, of who spent nothing', [0, 0], [10, 20]],
    ['everything, while points that never expire are spent', [5, 0], [10, 20]],
    ['less of the soonest, once those are spent', [9, 0], [6, 20]],
    ['nothing of the soonest, and less of the next', [17, 0], [0, 18]],
    ['nothing, where all is spent', [35, 0], [0, 0]],
    ['less of the soonest by what is held', [5, 4], [6, 20]],
    ['nothing, where more is owed than there ever was', [50, 0], [0, 0]],
  ])('%s', (_, [debited = 0, held = 0], left) => {
    expect(leftOf([lot(1, 10), lot(2, 20)], balance(35, debited, held))).toEqual(left);
  });

  test('is due from its day on', () => {
    const lots = [lot(1, 10), lot(2, 20), lot(3, 30)];
    expect([0, 1, 2, 9].map((today) => dueOf(lots, balance(60, 4), today).amount)).toEqual([0, 6, 26, 56]);
    expect(dueOf(lots, balance(60, 4), 1).lots).toEqual([lot(2, 20), lot(3, 30)]);
  });

  test('expires once, and points that stay do so beside them', () => {
    const lots = [lot(1, 10)];
    const due = dueOf(lots, balance(20, 0), 1);
    expect(due).toEqual({ amount: 10, lots: [] });
    expect(dueOf(due.lots, balance(20, 10), 1)).toEqual({ amount: 0, lots: [] });
  });

  test('that is held stays until its release, then it is due', () => {
    const due = dueOf([lot(1, 10)], balance(20, 0, 14), 1);
    expect(due).toEqual({ amount: 6, lots: [lot(1, 4)] });
    expect(dueOf(due.lots, balance(20, 6, 14), 1)).toEqual({ amount: 0, lots: [lot(1, 4)] });
    expect(dueOf(due.lots, balance(20, 6, 0), 1)).toEqual({ amount: 4, lots: [] });
    expect(dueOf(due.lots, balance(20, 20, 0), 1)).toEqual({ amount: 0, lots: [] });
  });
});

/** One by one: the points of a user, in the order in which they go. Which of them are held nobody says. */
class Wallet {
  /** The day of each point; 0 for those that stay. */
  points: number[] = [];
  held = 0;

  credit(on: number, amount: number): void {
    this.points = [...this.points, ...Array<number>(amount).fill(on)].toSorted((a, b) => a - b);
  }

  take(amount: number): void {
    this.points = this.points.slice(amount);
  }

  /** The first points are those that are held. */
  expire(today: number): number {
    const before = this.points.length;
    this.points = this.points.filter((on, i) => i < this.held || on === 0 || on > today);
    return before - this.points.length;
  }

  leftOn(on: number): number {
    return this.points.slice(this.held).filter((day) => day === on).length;
  }
}

type Step =
  | { readonly kind: 'credit'; readonly on: number; readonly amount: number }
  | { readonly kind: 'spend' | 'hold' | 'capture' | 'release'; readonly amount: number }
  | { readonly kind: 'day' };

/** The bookkeeping of the product, beside the wallet that it is held against. */
class Books {
  readonly wallet = new Wallet();
  lots: readonly Lot[] = [];
  credited = 0;
  debited = 0;
  held = 0;
  expired = 0;
  today = 1;

  now(): ReturnType<typeof balance> {
    return balance(this.credited, this.debited, this.held);
  }

  credit(on: number, amount: number): void {
    this.wallet.credit(on, amount);
    this.credited += amount;
    if (on === 0) return;
    const before = this.lots.find((one) => one.on === on)?.amount ?? 0;
    this.lots = [...this.lots.filter((one) => one.on !== on), lot(on, before + amount)].toSorted((a, b) => a.on - b.on);
  }

  expire(): number {
    const due = dueOf(this.lots, this.now(), this.today);
    this.debited += due.amount;
    this.expired += due.amount;
    this.lots = due.lots;
    return due.amount;
  }

  take(step: Step): void {
    const { wallet } = this;
    if (step.kind === 'day') this.today += 1;
    else if (step.kind === 'credit') this.credit(step.on, step.amount);
    else if (step.kind === 'spend' || step.kind === 'hold') {
      if (this.now().available < step.amount) return;
      if (step.kind === 'spend') {
        this.debited += step.amount;
        wallet.take(step.amount);
      } else {
        this.held += step.amount;
        wallet.held += step.amount;
      }
    } else if (this.held >= step.amount) {
      this.held -= step.amount;
      wallet.held -= step.amount;
      if (step.kind === 'release') return;
      this.debited += step.amount;
      wallet.take(step.amount);
    }
  }
}

const amount = fc.integer({ min: 1, max: 9 });
const moves = fc.record({
  kind: fc.constantFrom('spend' as const, 'hold' as const, 'capture' as const, 'release' as const),
  amount,
});
const day = fc.record({ kind: fc.constant('day' as const) });

describe('credited, spent, held, captured, released and expired in whatever order', () => {
  test('as they come, points go like single ones of which the oldest go first', () => {
    const credit = fc.record({ kind: fc.constant('credit' as const), on: fc.constant(0), amount });
    fc.assert(
      fc.property(fc.nat(20), fc.array(fc.oneof(credit, moves, moves, day), { maxLength: 80 }), (stays, steps) => {
        const books = new Books();
        // From before the currency expired.
        if (stays > 0) books.credit(0, stays);
        for (const step of steps) {
          books.take(step.kind === 'credit' ? { ...step, on: books.today + 3 } : step);
          expect(books.expire()).toBe(books.wallet.expire(books.today));
          const left = leftOf(books.lots, books.now());
          for (const [i, { on }] of books.lots.entries()) expect(left[i]).toBe(books.wallet.leftOn(on));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('also where credits come late: what expired, is left and was consumed is what was credited, and nothing is due twice', () => {
    const credit = fc.record({ kind: fc.constant('credit' as const), on: fc.integer({ min: 0, max: 12 }), amount });
    fc.assert(
      fc.property(fc.array(fc.oneof(credit, moves, moves, day), { maxLength: 80 }), (steps) => {
        const books = new Books();
        let inLots = 0;
        for (const step of steps) {
          books.take(step);
          if (step.kind === 'credit' && step.on > 0) inLots += step.amount;
          books.expire();
          expect(books.expire()).toBe(0);
          const { available, held } = books.now();
          expect(available).toBeGreaterThanOrEqual(0);
          expect(books.expired).toBeLessThanOrEqual(inLots);
          const consumed = books.debited - books.expired;
          expect(books.expired + available + held + consumed).toBe(books.credited);
          const left = leftOf(books.lots, books.now()).reduce((sum, each) => sum + each, 0);
          expect(left).toBeLessThanOrEqual(available);
        }
      }),
      { numRuns: 500 },
    );
  });
});
