import { textArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import type { Boost } from './boosts.ts';

/** A boost as it is kept, also when it is over. */
export interface GrantedBoost extends Boost {
  /** A UUID. */
  readonly uuid: string;
  /** Null: everyone. */
  readonly account: number | null;
  /** Milliseconds. */
  readonly grantedAt: number;
  /** Id of the key. */
  readonly grantedBy: string;
  readonly reason: string;
  /** Taken back before its time: then `until` is when. */
  readonly cancelled: boolean;
}

interface BoostRow extends Row {
  readonly uuid: string;
  readonly id: string;
  readonly account: number | null;
  readonly factor: string;
  readonly currency: string | null;
  readonly rules: readonly string[] | null;
  readonly from: number;
  readonly until: number;
  readonly granted_at: number;
  readonly granted_by: string;
  readonly reason: string;
  readonly cancelled: boolean;
}

const COLUMNS = `id as uuid, name as id, account, factor::text as factor, currency, to_json(rules) as rules, starts_at as "from",
  ends_at as until, granted_at, granted_by, reason, cancelled`;

function boostOf({ factor, granted_at: grantedAt, granted_by: grantedBy, ...boost }: BoostRow): GrantedBoost {
  return { ...boost, factor: Number(factor), grantedAt, grantedBy };
}

export async function insertBoost(tx: Tx, boost: GrantedBoost): Promise<void> {
  await tx.query(
    `insert into rules.boost (id, name, account, factor, currency, rules, starts_at, ends_at, granted_at, granted_by, reason)
     values ($1, $2, $3, $4::text::numeric, $5, $6::text[], $7::text::timestamptz, $8::text::timestamptz, $9::text::timestamptz, $10, $11)`,
    [
      boost.uuid,
      boost.id,
      boost.account,
      String(boost.factor),
      boost.currency,
      boost.rules === null ? null : textArray(boost.rules),
      formatTime(boost.from),
      formatTime(boost.until),
      formatTime(boost.grantedAt),
      boost.grantedBy,
      boost.reason,
    ],
  );
}

/** By the caller's id. */
export async function findBoost(tx: Pick<Tx, 'query'>, id: string): Promise<GrantedBoost | undefined> {
  const [row] = await tx.query<BoostRow>(`select ${COLUMNS} from rules.boost where name = $1`, [id]);
  return row === undefined ? undefined : boostOf(row);
}

/** Of one user, or those for everyone where `account` is null: what ends after `since` (ISO 8601), in the order of grants. */
export async function loadBoosts(tx: Pick<Tx, 'query'>, account: number | null, since: string): Promise<readonly GrantedBoost[]> {
  const rows = await tx.query<BoostRow>(
    `select ${COLUMNS} from rules.boost where account is not distinct from $1::bigint and ends_at > $2::text::timestamptz
     order by granted_at, id`,
    [account, since],
  );
  return rows.map(boostOf);
}

/** Ends it before its time. */
export async function cancelBoost(tx: Tx, uuid: string, until: string): Promise<void> {
  await tx.query('update rules.boost set ends_at = $2::text::timestamptz, cancelled = true where id = $1', [uuid, until]);
}

/** Reasons and ids of a person's boosts may name them. */
export async function eraseBoosts(tx: Tx, account: number): Promise<void> {
  await tx.query('delete from rules.boost where account = $1', [account]);
}
