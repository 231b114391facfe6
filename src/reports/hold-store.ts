import type { Row, Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';

type Reader = Pick<Tx, 'query'>;

export interface HoldRow extends Row {
  readonly id: string;
  readonly name: string;
  readonly user: string;
  readonly currency: string;
  readonly amount: number;
  readonly captured: number;
  readonly released: number;
  readonly state: string;
  readonly expires_at: number | null;
  readonly created_at: number;
  readonly reason: string | null;
  /** Of the account, by all holds. */
  readonly available: number;
  readonly held: number;
}

const HOLDS = `
  select h.id, h.name, p.id as "user", h.currency, h.amount, h.captured, h.released, h.state, h.expires_at, h.created_at,
    n.reason, a.available, a.held
  from ledger.hold h
  join users.person p on p.account = h.account
  join ledger.account a on (a.account, a.currency) = (h.account, h.currency)
  left join ledger.note n on n.transfer = h.transfer`;

/** By the caller's id, else by ours, a UUID; null for none. */
export async function readHold(tx: Reader, name: string, id: string | null): Promise<HoldRow | undefined> {
  const [row] = await tx.query<HoldRow>(`${HOLDS} where h.name = $1 or h.id = $2::text::uuid order by h.name = $1 desc limit 1`, [
    name,
    id,
  ]);
  return row;
}

/** Newest first; `after` is the last of the page before. */
export async function readHolds(
  tx: Reader,
  account: number,
  query: {
    readonly state: string | null;
    readonly limit: number;
    readonly after: { readonly createdAt: number; readonly id: string } | null;
  },
): Promise<readonly HoldRow[]> {
  const { state, limit, after } = query;
  return tx.query<HoldRow>(
    `${HOLDS} where h.account = $1 and ($2::text is null or h.state = $2)
       and ($3::text is null or h.created_at < $3::text::timestamptz or (h.created_at = $3::text::timestamptz and h.id > $4::text::uuid))
     order by h.created_at desc, h.id limit $5`,
    [account, state, after === null ? null : formatTime(after.createdAt), after?.id ?? null, limit],
  );
}
