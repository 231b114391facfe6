/** One thing in the ledger that does not hold. What cannot be told is null. */
export interface LedgerFault {
  /** `acct_…`. */
  readonly account: string | null;
  readonly currency: string | null;
  /** Number of the entry in the chain of that account and currency. */
  readonly entry: number | null;
  /** `tr_…`. */
  readonly transfer: string | null;
  readonly what: string;
}

/** Points, exact: a number, or its decimal text where a sum over all users leaves the exact integers. */
export type Total = number | string;

/** What one currency comes to. `issued + adjusted − spent − expired = balances`. */
export interface CurrencyTotals {
  /** Net, by what the transfers say. `adjusted` is signed: what was added less what was taken. */
  readonly issued: Total;
  readonly spent: Total;
  readonly expired: Total;
  readonly adjusted: Total;
  /** By what the accounts say; `held` is a part of `balances`. */
  readonly held: Total;
  readonly balances: Total;
}

export interface VerificationReport {
  readonly ok: boolean;
  readonly accounts: number;
  readonly entries: number;
  readonly currencies: Readonly<Record<string, CurrencyTotals>>;
  /**
   * One hash over the head of every chain (64 hex digits). Kept elsewhere, it proves later that no chain was
   * rewritten as a whole: the same entries give the same hash.
   */
  readonly heads: string;
  /** The first ones, in order of account and entry. */
  readonly faults: readonly LedgerFault[];
  readonly totalFaults: number;
  /** Milliseconds. */
  readonly startedAt: number;
  readonly finishedAt: number;
}

/** What is kept of a verification. */
export interface Verification {
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly accounts: number;
  readonly entries: number;
  /** The first fault, and how many there were; null when everything held. */
  readonly fault: string | null;
}

/** More would not help whoever reads them. */
const MAX_FAULTS = 20;

/** Counts every fault and keeps the first ones. */
export class FaultList {
  readonly first: LedgerFault[] = [];
  total = 0;

  add(what: string, where: Partial<Omit<LedgerFault, 'what'>> = {}): void {
    this.total += 1;
    if (this.first.length >= MAX_FAULTS) return;
    this.first.push({ account: null, currency: null, entry: null, transfer: null, ...where, what });
  }
}

/** One line: where, and what is wrong there. */
export function describeFault({ account, currency, entry, transfer, what }: LedgerFault): string {
  const where = [account, currency, entry === null ? null : `entry ${entry}`, transfer].filter((part) => part !== null);
  return where.length === 0 ? what : `${where.join(' ')}: ${what}`;
}
