import { transferId } from '../../kernel/ids.ts';
import { plainArray } from '../../kernel/pg-array.ts';
import type { Row, Tx } from '../../kernel/ports.ts';
import type { Entry, Held, HeldOccurrence } from './decide-undo.ts';
import { type EffectFact, occurrencesIn, takenWithoutEntry, transfersIn } from '../history/occurrences.ts';

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
export async function loadEntries(
  tx: Tx,
  account: number,
  transfers: readonly string[],
  facts: readonly EffectFact[],
): Promise<readonly FoundEntry[]> {
  if (transfers.length === 0) return [];
  const rows = await tx.query<EntryRow>(`${ENTRIES} and t.id = any($1::uuid[]) order by t.id`, [plainArray(transfers)]);
  return placed(rows.map(entryOf(account)), facts);
}

/** At their places in the log, without what was taken back when nothing of it was left. */
function placed(entries: readonly FoundEntry[], facts: readonly EffectFact[]): readonly FoundEntry[] {
  const announced = transfersIn(facts);
  const taken = takenWithoutEntry(facts);
  return entries
    .filter(({ transfer }) => !taken.has(transferId(transfer)))
    .map((entry) => ({ ...entry, position: announced.get(transferId(entry.transfer))?.root ?? entry.position }));
}

interface HeldRow extends Row {
  readonly achievement: string;
  readonly tier: string;
  readonly number: number;
  readonly times: number;
}

/** What a user has unlocked by progress, with what it paid. What was granted by hand stays whatever is undone. */
export async function loadHeld(tx: Tx, account: number, facts: readonly EffectFact[]): Promise<readonly Held[]> {
  const [unlocks, rewards] = await Promise.all([
    tx.query<HeldRow>(`select achievement, tier, number, times from achievements.unlock where account = $1 and not granted`, [
      account,
    ]),
    tx.query<EntryRow>(
      `${ENTRIES} and t.credit = $1 and t.credit > 0 and t.kind = 'award' and t.rule like 'achievement:%'
       order by t.currency, t.credit_entry`,
      [account],
    ),
  ]);
  const entries = placed(rewards.map(entryOf(account)), facts);
  const announced = transfersIn(facts);
  const occurrences = occurrencesIn(facts);
  return unlocks.map(({ times, ...unlock }) => {
    const known = (occurrences.get(`${unlock.achievement} ${unlock.tier}`) ?? []).slice(-times);
    // The log does not tell of those from before it told of any.
    const untold = Array.from({ length: times - known.length }, () => UNTOLD);
    const paid = known.map(
      (one): HeldOccurrence => ({
        ...one,
        rewards: entries.filter(({ transfer }) => one.fact !== null && announced.get(transferId(transfer))?.cause === one.fact),
      }),
    );
    return { ...unlock, occurrences: [...untold, ...paid] };
  });
}

const UNTOLD: HeldOccurrence = { position: null, at: null, fact: null, period: null, rewards: [] };

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
