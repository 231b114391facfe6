import { holdId, holdUuid, HOLD_PREFIX } from '../kernel/ids.ts';
import type { Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import { type HoldRow, readHold, readHolds } from './hold-store.ts';
import type { HoldPage, HoldStatus } from './model.ts';

type Reader = Pick<Tx, 'query'>;

export async function holdOf(tx: Reader, id: string): Promise<HoldStatus | undefined> {
  const row = await readHold(tx, id, holdUuid(id) ?? null);
  return row === undefined ? undefined : statusOf(row);
}

const CURSOR = /^(\d{1,15})_([0-9a-f]{32})$/;

export function isHoldCursor(cursor: string): boolean {
  return CURSOR.test(cursor);
}

export async function holdsOf(
  tx: Reader,
  account: number,
  { state, limit, cursor }: { readonly state?: string; readonly limit: number; readonly cursor?: string },
): Promise<HoldPage> {
  const [, createdAt, hex] = CURSOR.exec(cursor ?? '') ?? [];
  const id = hex === undefined ? undefined : holdUuid(HOLD_PREFIX + hex);
  const after = createdAt === undefined || id === undefined ? null : { createdAt: Number(createdAt), id };
  const rows = await readHolds(tx, account, { state: state ?? null, limit: limit + 1, after });
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    holds: page.map(statusOf),
    cursor: last === undefined ? null : `${last.created_at}_${last.id.replaceAll('-', '')}`,
  };
}

function statusOf(row: HoldRow): HoldStatus {
  return {
    id: row.name,
    hold: holdId(row.id),
    user: row.user,
    currency: row.currency,
    amount: row.amount,
    captured: row.captured,
    released: row.released,
    state: row.state,
    expiresAt: row.expires_at === null ? null : formatTime(row.expires_at),
    createdAt: formatTime(row.created_at),
    reason: row.reason,
    balance: row.available,
    held: row.held,
  };
}
