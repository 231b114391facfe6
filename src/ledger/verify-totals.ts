import { ADJUSTED, EXPIRED, HELD, ISSUED, SPENT } from './model.ts';
import type { CurrencyTotals, FaultList, Total } from './verify-model.ts';

interface Sums {
  /** By system account: what left it less what came to it, as the transfers say. */
  readonly system: Map<number, bigint>;
  /** As the accounts say. */
  available: bigint;
  held: bigint;
}

/** What each currency comes to, from two sides that know nothing of each other. */
export class Totals {
  private readonly sums = new Map<string, Sums>();

  /** An account has this much. */
  hold(currency: string, available: bigint, held: bigint): void {
    const sums = this.of(currency);
    sums.available += available;
    sums.held += held;
  }

  /** A user got this much from a system account; negative where it went back. */
  move(currency: string, system: number, amount: bigint): void {
    const sums = this.of(currency).system;
    sums.set(system, (sums.get(system) ?? 0n) + amount);
  }

  /** Holds both sides against each other. */
  finish(faults: FaultList): Record<string, CurrencyTotals> {
    const currencies: Record<string, CurrencyTotals> = {};
    for (const [code, { system, available, held }] of [...this.sums].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const net = (account: number): bigint => system.get(account) ?? 0n;
      const balances = available + held;
      // What is held was not destroyed: the system account only says how much of the balances it is.
      const outstanding = [...system].reduce((total, [account, amount]) => (account === HELD ? total : total + amount), 0n);
      if (outstanding !== balances) {
        faults.add(`issued less destroyed is ${outstanding}, all balances together are ${balances}`, { currency: code });
      }
      if (-net(HELD) !== held) {
        faults.add(`the entries hold ${-net(HELD)}, all accounts together ${held}`, { currency: code });
      }
      currencies[code] = {
        issued: exact(net(ISSUED)),
        spent: exact(-net(SPENT)),
        expired: exact(-net(EXPIRED)),
        adjusted: exact(net(ADJUSTED)),
        held: exact(held),
        balances: exact(balances),
      };
    }
    return currencies;
  }

  private of(currency: string): Sums {
    let sums = this.sums.get(currency);
    if (sums === undefined) {
      sums = { system: new Map(), available: 0n, held: 0n };
      this.sums.set(currency, sums);
    }
    return sums;
  }
}

function exact(total: bigint): Total {
  const number = Number(total);
  return Number.isSafeInteger(number) ? number : total.toString();
}
