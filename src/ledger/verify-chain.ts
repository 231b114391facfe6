import { sha256, field } from '../kernel/digest.ts';
import { accountId, transferId } from '../kernel/ids.ts';
import { entryHash } from './chain.ts';
import { GENESIS, HELD, systemAccountName, type TransferKind } from './model.ts';
import type { AccountRow, ChainRow, EntryRow } from './verify-store.ts';
import { Totals } from './verify-totals.ts';
import type { CurrencyTotals, FaultList } from './verify-model.ts';

/** One chain as its entries tell it, so far. */
interface Chain {
  readonly account: string;
  readonly currency: string;
  /** What `ledger.account` says; null when there is no row. */
  readonly told: Told | null;
  /** Number and hash of the last entry; the hash is null where an entry before is missing. */
  last: number;
  head: string | null;
  balance: bigint;
  credited: bigint;
  debited: bigint;
  held: bigint;
  found: number;
}

interface Told {
  readonly available: bigint;
  readonly held: bigint;
  readonly credited: bigint;
  readonly debited: bigint;
  readonly entries: number;
  readonly head: string;
  /** Whether the person behind the account is not erased. */
  readonly known: boolean;
}

/**
 * Proves chains, row by row in order: the account's row, then its entries. After a fault it goes on from what the
 * entry says of itself, so that one altered entry is one fault and not a fault of all that follow.
 */
export class ChainProof {
  accounts = 0;
  entries = 0;
  /** Entries of people who are not erased. */
  ofKnown = 0;
  private readonly faults: FaultList;
  private readonly totals = new Totals();
  private chain: Chain | null = null;
  /** Heads of the account under way, by currency; folded into the root when it ends. */
  private readonly heads: [currency: string, head: string][] = [];
  private account = '';
  private root = GENESIS;

  constructor(faults: FaultList) {
    this.faults = faults;
  }

  take(row: ChainRow): void {
    if (this.chain === null || this.chain.account !== row.account || this.chain.currency !== row.currency) {
      this.closeChain();
      this.openChain(row);
    }
    if (row.id !== null && this.chain !== null) this.entry(this.chain, row);
  }

  /** Ends the last chain and holds each currency's total against what the accounts have. */
  finish(): { readonly heads: string; readonly currencies: Record<string, CurrencyTotals> } {
    this.closeChain();
    this.foldHeads();
    return { heads: this.root, currencies: this.totals.finish(this.faults) };
  }

  private openChain(row: ChainRow): void {
    if (row.account !== this.account) this.foldHeads();
    this.account = row.account;
    const told = row.id === null ? readTold(row) : null;
    this.chain = {
      account: row.account,
      currency: row.currency,
      told,
      last: 0,
      head: GENESIS,
      balance: 0n,
      credited: 0n,
      debited: 0n,
      held: 0n,
      found: 0,
    };
    this.accounts += 1;
    if (told !== null) this.totals.hold(row.currency, told.available, told.held);
  }

  private entry(chain: Chain, row: EntryRow): void {
    this.entries += 1;
    chain.found += 1;
    if (chain.told?.known === true) this.ofKnown += 1;
    const number = Number(row.entry);
    const amount = BigInt(row.amount);
    const balance = BigInt(row.balance);
    const wrong: string[] = [];
    if (number > chain.last + 1) {
      this.missing(chain, chain.last + 1, number - 1);
      chain.head = null;
    } else if (number !== chain.last + 1) wrong.push(`its number follows entry ${chain.last}`);
    const counterparty = Number(row.counterparty);
    const expected = this.move(chain, row, amount, wrong);
    if (chain.head !== null && balance !== expected)
      wrong.push(`the balance after it is ${balance}, its chain comes to ${expected}`);
    if (chain.head !== null && hashOf(row, chain.head, number) !== row.hash)
      wrong.push('its hash does not match what it says and what stands before it');
    if (!row.whole) wrong.push('a time of it has fractions of a millisecond, which no hash covers');
    if (counterparty < 0) {
      this.totals.move(row.currency, counterparty, row.credits ? amount : -amount);
      if (systemAccountName(counterparty) === undefined) wrong.push(`there is no system account ${counterparty}`);
    }
    if (wrong.length > 0) this.faults.add(wrong.join('; '), { ...placeOf(chain), entry: number, transfer: transferId(row.id) });
    chain.last = number;
    chain.head = row.hash;
    chain.balance = balance;
  }

  /** Counts what an entry moves; answers the balance that it comes to. */
  private move(chain: Chain, row: EntryRow, amount: bigint, wrong: string[]): bigint {
    const { kind, credits } = row;
    const apart = credits ? 'release' : 'hold';
    if ((Number(row.counterparty) === HELD) !== (kind === apart)) wrong.push(`it is no ${apart}, or not one of @held`);
    if (kind === apart || (kind === 'capture' && !credits)) chain.held += kind === 'hold' ? amount : -amount;
    // It goes from what is held to where it is spent: @held has it no longer.
    if (kind === 'capture' && !credits) this.totals.move(row.currency, HELD, amount);
    if (chain.held < 0n) {
      wrong.push('more is taken from what is held than there is');
      chain.held = 0n;
    }
    if (kind === apart) return chain.balance;
    if (credits) chain.credited += amount;
    else chain.debited += amount;
    return credits ? chain.balance + amount : chain.balance - amount;
  }

  /** The account's row against what its entries came to. */
  private closeChain(): void {
    const { chain } = this;
    if (chain === null) return;
    this.chain = null;
    this.heads.push([chain.currency, chain.head ?? '']);
    const { told } = chain;
    if (told === null) {
      this.faults.add('there are entries, and no row of the account', placeOf(chain));
      return;
    }
    if (chain.found === 0 && told.entries === 0) {
      this.faults.add('the account has a row and no entries', placeOf(chain));
      return;
    }
    if (chain.last < told.entries) this.missing(chain, chain.last + 1, told.entries);
    const wrong: string[] = [];
    if (chain.last > told.entries) wrong.push(`the account says ${told.entries} entries, there are ${chain.last}`);
    if (chain.last === told.entries && chain.head !== told.head)
      wrong.push('the head of the account is not the hash of its last entry');
    const balance = told.available + told.held;
    if (told.credited !== chain.credited) wrong.push(`the account says ${told.credited} credited, its entries ${chain.credited}`);
    if (told.debited !== chain.debited) wrong.push(`the account says ${told.debited} debited, its entries ${chain.debited}`);
    if (told.held !== chain.held) wrong.push(`the account says ${told.held} held, its entries ${chain.held}`);
    if (balance !== chain.balance) wrong.push(`the account has ${balance}, its last entry says ${chain.balance}`);
    if (balance !== chain.credited - chain.debited)
      wrong.push(`the account has ${balance}, its entries come to ${chain.credited - chain.debited}`);
    if (wrong.length > 0) this.faults.add(wrong.join('; '), placeOf(chain));
  }

  private missing(chain: Chain, from: number, to: number): void {
    const what = from === to ? `entry ${from} is missing` : `entries ${from} to ${to} are missing`;
    this.faults.add(what, { ...placeOf(chain), entry: from });
  }

  /** In an order of our own: that of texts in a database depends on its collation. */
  private foldHeads(): void {
    for (const [currency, head] of this.heads.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      this.root = sha256(this.root + field(this.account) + field(currency) + field(head));
    }
    this.heads.length = 0;
  }
}

function readTold(row: AccountRow): Told {
  const [available = 0n, held = 0n, credited = 0n, debited = 0n, entries = 0n] = row.told.split(' ').map(BigInt);
  return { available, held, credited, debited, entries: Number(entries), head: row.hash, known: row.known };
}

function placeOf(chain: Chain): { readonly account: string; readonly currency: string } {
  return { account: accountId(Number(chain.account)), currency: chain.currency };
}

function hashOf(row: EntryRow, previous: string, number: number): string {
  const account = Number(row.account);
  const counterparty = Number(row.counterparty);
  return entryHash(
    previous,
    {
      id: row.id,
      kind: row.kind as TransferKind,
      currency: row.currency,
      debit: row.credits ? counterparty : account,
      credit: row.credits ? account : counterparty,
      amount: Number(row.amount),
      occurredAt: row.occurred_at,
      recordedAt: row.recorded_at,
      cause: row.cause,
      rule: row.rule,
      catalogVersion: row.catalog_version,
      actor: row.actor,
      reasonCommitment: row.commitment,
      ...(row.reverses === null ? {} : { reverses: row.reverses }),
    },
    row.credits ? 'credit' : 'debit',
    { number, balance: Number(row.balance) },
  );
}
