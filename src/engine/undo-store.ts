import { transferId } from '../kernel/ids.ts';
import { plainArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';
import type { Entry, Held } from './decide-undo.ts';

/** What undoing reads of the ledger and of unlocks, beside the log. */

interface EntryRow extends Row {
  readonly id: string;
  readonly kind: string;
  readonly currency: string;
  readonly amount: number;
  readonly debit: number;
  readonly credit: number;
  readonly rule: string | null;
  readonly position: number | null;
}

/** An entry with its other side: a user, or a system account below 0. */
export interface FoundEntry extends Entry {
  readonly counterparty: number;
}

const ENTRIES = `
  select t.id, t.kind, t.currency, t.amount, t.debit, t.credit, t.rule, i.position
  from ledger.transfer t left join events.identity i on i.digest = t.cause
  where not exists (select from ledger.transfer r where r.reverses = t.id)`;

function entryOf(account: number): (row: EntryRow) => FoundEntry {
  return ({ id, debit, credit, amount, ...row }) => ({
    ...row,
    transfer: id,
    amount: credit === account ? amount : -amount,
    counterparty: credit === account ? debit : credit,
  });
}

/** Those of some transfers (UUIDs) that were not taken back, seen from an account that is one of their sides. */
export async function loadEntries(tx: Tx, account: number, transfers: readonly string[]): Promise<readonly FoundEntry[]> {
  if (transfers.length === 0) return [];
  const rows = await tx.query<EntryRow>(`${ENTRIES} and t.id = any($1::uuid[]) order by t.id`, [plainArray(transfers)]);
  return open(tx, account, rows.map(entryOf(account)));
}

/** Those of some entries that are not written off, with their places in the log. */
async function open(tx: Tx, account: number, entries: readonly FoundEntry[]): Promise<readonly FoundEntry[]> {
  if (entries.length === 0) return entries;
  const off = await loadWrittenOff(tx, account);
  return placed(
    entries.filter(({ transfer }) => !off.has(transferId(transfer))),
    ({ transfer }) => transferId(transfer),
    () => loadRoots(tx, account, 'points.%'),
  );
}

/** Transfers of which an undoing found nothing left to take: no counter-entry tells of them. */
async function loadWrittenOff(tx: Tx, account: number): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ transfer: string }>(
    `select json_array_elements_text(data -> 'writtenOff') as transfer from events.log
     where account = $1 and cause is null and type in ('event.undone', 'transfer.reversed')`,
    [account],
  );
  return new Set(rows.map(({ transfer }) => transfer));
}

/**
 * Where the log tells of what deeds of timers, and those without an id, brought about, which no identity points to: the newest
 * row for each transfer, or tier as `achievement.tier`.
 */
async function loadRoots(tx: Tx, account: number, types: string): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.query<{ position: number; key: string }>(
    `select r.position, f.key
     from events.log r cross join lateral (
       select coalesce(f.data ->> 'transfer', (f.data ->> 'achievement') || '.' || (f.data ->> 'tier')) as key from events.log f
       where f.position between r.position and r.position + r.facts and f.type like $2 offset 0
     ) f
     where r.account = $1 and r.cause is null and f.key is not null
     order by r.position`,
    [account, types],
  );
  return new Map(rows.map(({ key, position }) => [key, position]));
}

async function placed<T extends { readonly position: number | null }>(
  all: readonly T[],
  keyOf: (one: T) => string,
  roots: () => Promise<ReadonlyMap<string, number>>,
): Promise<readonly T[]> {
  if (all.every(({ position }) => position !== null)) return all;
  const positions = await roots();
  return all.map((one) => ({ ...one, position: one.position ?? positions.get(keyOf(one)) ?? null }));
}

interface HeldRow extends Row {
  readonly achievement: string;
  readonly tier: string;
  readonly number: number;
  readonly times: number;
  readonly position: number | null;
}

/** What a user has unlocked by progress, with what it paid. What was granted by hand stays whatever is undone. */
export async function loadHeld(tx: Tx, account: number): Promise<readonly Held[]> {
  const [unlocks, rewards] = await Promise.all([
    tx.query<HeldRow>(
      `select u.achievement, u.tier, u.number, u.times, i.position
       from achievements.unlock u left join events.identity i on i.digest = u.cause
       where u.account = $1 and not u.granted`,
      [account],
    ),
    tx.query<EntryRow>(
      `${ENTRIES} and t.credit = $1 and t.credit > 0 and t.kind = 'award' and t.rule like 'achievement:%'
       order by t.currency, t.credit_entry`,
      [account],
    ),
  ]);
  const [entries, known] = await Promise.all([
    open(tx, account, rewards.map(entryOf(account))),
    placed(
      unlocks,
      ({ achievement, tier }) => `${achievement}.${tier}`,
      () => loadRoots(tx, account, 'achievement.unlocked'),
    ),
  ]);
  return known.map((unlock) => ({
    ...unlock,
    rewards: entries.filter(({ rule }) => rule === `achievement:${unlock.achievement}:${unlock.tier}`),
  }));
}

interface SidesRow extends Row {
  readonly debit: number;
  readonly credit: number;
  readonly kind: string;
  readonly reversed: boolean;
}

/** Who took part in a transfer (a UUID), and whether it was taken back; undefined where there is none. */
export async function findTransfer(tx: Pick<Tx, 'query'>, id: string): Promise<SidesRow | undefined> {
  const [row] = await tx.query<SidesRow>(
    `select debit, credit, kind, exists (select from ledger.transfer r where r.reverses = t.id) as reversed
     from ledger.transfer t where id = $1::uuid`,
    [id],
  );
  return row;
}

/** When an event of the log happened, as limits see it. */
export async function loadMoment(tx: Tx, position: number): Promise<{ readonly time: number; readonly day: number } | undefined> {
  const [row] = await tx.query<{ time: number; day: number }>(
    `select occurred_at as time, coalesce(local_day - date '1970-01-01', 0) as day from events.log where position = $1`,
    [position],
  );
  return row;
}
