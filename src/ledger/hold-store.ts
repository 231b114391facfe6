import type { Row, Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import type { Hold, HoldState } from './hold.ts';

interface HoldRow extends Row {
  readonly id: string;
  readonly name: string;
  readonly account: number;
  readonly currency: string;
  readonly amount: number;
  readonly captured: number;
  readonly released: number;
  readonly state: HoldState;
  readonly expires_at: number | null;
}

const COLUMNS = 'id, name, account, currency, amount, captured, released, state, expires_at';

function holdOf({ expires_at: expiresAt, ...hold }: HoldRow): Hold {
  return { ...hold, expiresAt };
}

/** By the caller's id, else by ours, a UUID; null for none. Reads only. */
export async function findHold(tx: Pick<Tx, 'query'>, name: string, id: string | null): Promise<Hold | undefined> {
  const [row] = await tx.query<HoldRow>(
    `select ${COLUMNS} from ledger.hold where name = $1 or id = $2::text::uuid order by name = $1 desc limit 1`,
    [name, id],
  );
  return row === undefined ? undefined : holdOf(row);
}

/** As it is now, under the lock of its account. */
export async function loadHold(tx: Tx, id: string): Promise<Hold | undefined> {
  const [row] = await tx.query<HoldRow>(`select ${COLUMNS} from ledger.hold where id = $1`, [id]);
  return row === undefined ? undefined : holdOf(row);
}

export async function insertHold(
  tx: Tx,
  hold: Hold & { readonly createdAt: number; readonly transfer: string; readonly cause: string },
): Promise<void> {
  await tx.query(
    `insert into ledger.hold (id, name, account, currency, amount, captured, released, state, expires_at, created_at, transfer, cause)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::timestamptz, $10::text::timestamptz, $11, $12)`,
    [
      hold.id,
      hold.name,
      hold.account,
      hold.currency,
      hold.amount,
      hold.captured,
      hold.released,
      hold.state,
      hold.expiresAt === null ? null : formatTime(hold.expiresAt),
      formatTime(hold.createdAt),
      hold.transfer,
      hold.cause,
    ],
  );
}

export async function saveHold(tx: Tx, { id, captured, released, state }: Hold): Promise<void> {
  await tx.query('update ledger.hold set captured = $2, released = $3, state = $4 where id = $1', [
    id,
    captured,
    released,
    state,
  ]);
}

/** The caller's ids may name a person. What the entries hold stays held. */
export async function eraseHolds(tx: Tx, account: number): Promise<void> {
  await tx.query('delete from ledger.hold where account = $1', [account]);
}
