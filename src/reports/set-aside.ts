import { selectAside } from '../events/index.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import type { SetAsidePage } from './model.ts';

/** `<time>_<digest>` of the last row of a page. */
const CURSOR = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Undefined where `cursor` is none of this list. */
export async function readAside(
  tx: Pick<Tx, 'query'>,
  { type, limit, cursor }: { readonly type?: string; readonly limit: number; readonly cursor?: string },
): Promise<SetAsidePage | undefined> {
  const [, receivedAt, digest] = (cursor === undefined ? null : CURSOR.exec(cursor)) ?? [];
  const before = receivedAt === undefined || digest === undefined ? null : { receivedAt, digest };
  if (cursor !== undefined && before === null) return undefined;
  const rows = await selectAside(tx, { type: type ?? null, limit, before });
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return {
    events: rows.map((row) => ({
      id: row.id,
      source: row.source,
      type: row.type,
      user: row.user,
      data: row.data as JsonObject,
      receivedAt: formatTime(row.received_at),
      times: row.times,
    })),
    cursor: last === undefined ? null : `${formatTime(last.received_at)}_${last.digest}`,
  };
}
