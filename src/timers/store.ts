import type { JsonObject } from '../kernel/json.ts';
import { jsonList, plainArray, textArray } from '../kernel/pg-array.ts';
import type { Row, Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import type { NewTimer, Timer, TimerKey } from './model.ts';

const INSERT_INTO = `
  insert into timers.timer (kind, key, due_at, account, data)
  select kind, key, due_at, account, data::json
  from unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[], string_to_array($5, e'\\x1f')) as r (kind, key, due_at, account, data)`;
const INSERT = `${INSERT_INTO} on conflict (kind, key) do`;

/** Sets each to its time, whether it was there or not. No two may have one key. */
export async function setTimers(tx: Tx, timers: readonly NewTimer[]): Promise<void> {
  if (timers.length === 0) return;
  await tx.query(
    `${INSERT} update set due_at = excluded.due_at, account = excluded.account, data = excluded.data, attempts = 0`,
    columns(timers),
  );
}

/** One that is there already stays as it is. */
export async function armTimers(tx: Tx, timers: readonly NewTimer[]): Promise<void> {
  if (timers.length === 0) return;
  await tx.query(`${INSERT} nothing`, columns(timers));
}

/** Sets each to its time unless it is due sooner. Whoever sets timers of a user this way holds that user's lock. */
export async function hastenTimers(tx: Tx, timers: readonly NewTimer[]): Promise<void> {
  if (timers.length === 0) return;
  // Most are due sooner: those are not touched, and no row is locked for them.
  await tx.query(
    `${INSERT_INTO} where not exists (
       select from timers.timer t where (t.kind, t.key) = (r.kind, r.key) and t.due_at <= r.due_at
     )
     on conflict (kind, key) do update set due_at = excluded.due_at, data = excluded.data, attempts = 0`,
    columns(timers),
  );
}

/** In order of their keys, so that two transactions that set the same ones do not wait for each other in a circle. */
function columns(timers: readonly NewTimer[]): readonly string[] {
  const sorted = timers.toSorted((a, b) => (`${a.kind} ${a.key}` < `${b.kind} ${b.key}` ? -1 : 1));
  return [
    textArray(sorted.map((t) => t.kind)),
    textArray(sorted.map((t) => t.key)),
    plainArray(sorted.map((t) => formatTime(t.dueAt))),
    plainArray(sorted.map((t) => t.account)),
    jsonList(sorted.map((t) => JSON.stringify(t.data))),
  ];
}

export async function cancelTimers(tx: Tx, keys: readonly TimerKey[]): Promise<void> {
  if (keys.length === 0) return;
  await tx.query(
    `delete from timers.timer t using unnest($1::text[], $2::text[]) as k (kind, key)
     where (t.kind, t.key) = (k.kind, k.key)`,
    [textArray(keys.map((k) => k.kind)), textArray(keys.map((k) => k.key))],
  );
}

/** Of a person who is erased nothing is due any more. */
export async function eraseTimers(tx: Tx, account: number): Promise<void> {
  await tx.query('delete from timers.timer where account = $1', [account]);
}

interface TimerRow extends Row {
  readonly kind: string;
  readonly key: string;
  readonly due_at: number;
  readonly account: number | null;
  readonly data: JsonObject;
  readonly attempts: number;
}

function timerOf({ due_at: dueAt, ...timer }: TimerRow): Timer {
  return { ...timer, dueAt };
}

/** The first that are due by `now` (ISO 8601). Reads only: whoever takes one finds out whether it is still there. */
export async function dueTimers(tx: Pick<Tx, 'query'>, now: string, limit: number): Promise<readonly Timer[]> {
  const rows = await tx.query<TimerRow>(
    'select kind, key, due_at, account, data, attempts from timers.timer where due_at <= $1::text::timestamptz order by due_at limit $2',
    [now, limit],
  );
  return rows.map(timerOf);
}

/** Takes a timer that is still due: it is gone when the transaction commits. Undefined where somebody else took it, or it was moved. */
export async function takeTimer(tx: Tx, { kind, key }: TimerKey, now: string): Promise<Timer | undefined> {
  const [row] = await tx.query<TimerRow>(
    `delete from timers.timer where kind = $1 and key = $2 and due_at <= $3::text::timestamptz
     returning kind, key, due_at, account, data, attempts`,
    [kind, key, now],
  );
  return row === undefined ? undefined : timerOf(row);
}

/** After a failure: tried again at `dueAt` (ISO 8601), unless it was moved or taken meanwhile. */
export async function delayTimer(tx: Tx, { kind, key, attempts }: Timer, dueAt: string): Promise<void> {
  await tx.query(
    `update timers.timer set attempts = attempts + 1, due_at = $4::text::timestamptz
     where kind = $1 and key = $2 and attempts = $3`,
    [kind, key, attempts, dueAt],
  );
}
