import { plainArray } from '../kernel/pg-array.ts';
import type { Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import { createDecoder, type LogRow } from './log-event.ts';
import type { BusEvent } from './model.ts';

type Reader = Pick<Tx, 'query'>;

/** A stretch of the log without a gap. */
export interface Chunk {
  /** Everything behind `after` … */
  readonly after: number;
  /** … up to here; the same as `after` where there is nothing. */
  readonly to: number;
  /** Without those that were erased. */
  readonly events: readonly BusEvent[];
}

const COLUMNS = `l.position, l.type, l.account, l.id, l.source, l.occurred_at, l.recorded_at, l.data, l.correlation_id, l.causation_id,
  l.cause, l.facts, p.id as "user"`;

/** Reads on behind a position. */
export async function readChunk(reader: Reader, after: number, limit: number): Promise<Chunk> {
  const rows = await reader.query<LogRow>(
    `select ${COLUMNS} from events.log l left join users.person p on p.account = l.account
     where l.position > $1 order by l.position limit $2`,
    [after, limit],
  );
  const first = rows[0];
  if (first === undefined) return { after, to: after, events: [] };
  return { after, to: (rows.at(-1) ?? first).position, events: await decode(reader, rows) };
}

async function decode(reader: Reader, rows: readonly LogRow[]): Promise<readonly BusEvent[]> {
  const first = rows[0];
  const before = first === undefined || first.cause === null ? [] : await readGroupBefore(reader, first.position);
  const event = createDecoder(before);
  return rows.flatMap((row) => event(row) ?? []);
}

/** From the root of the group that a position belongs to, up to right before it. */
async function readGroupBefore(reader: Reader, position: number): Promise<readonly LogRow[]> {
  return reader.query<LogRow>(
    `select ${COLUMNS} from events.log l left join users.person p on p.account = l.account
     where l.position < $1
       and l.position >= (select position from events.log where position < $1 and cause is null order by position desc limit 1)
     order by l.position`,
    [position],
  );
}

/** Single events, in order of position; those that were erased are left out. */
export async function readEvents(reader: Reader, positions: readonly number[]): Promise<readonly BusEvent[]> {
  const rows = await reader.query<LogRow>(
    `select ${COLUMNS} from events.log l left join users.person p on p.account = l.account
     where l.position = any($1::bigint[]) order by l.position`,
    [plainArray(positions)],
  );
  const events: BusEvent[] = [];
  for (const row of rows) events.push(...(await decode(reader, [row])));
  return events;
}

export async function readHead(reader: Reader): Promise<number> {
  const [head] = await reader.query<{ position: number }>('select position from events.head');
  return head?.position ?? 0;
}

/** The end of the log, and when what stands at a position was recorded, in milliseconds; null where nothing does. */
export async function readMoment(
  reader: Reader,
  position: number,
): Promise<{ readonly head: number; readonly recordedAt: number | null }> {
  const [row] = await reader.query<{ head: number; recorded_at: number | null }>(
    'select h.position as head, l.recorded_at from events.head h left join events.log l on l.position = $1',
    [position],
  );
  return { head: row?.head ?? 0, recordedAt: row?.recorded_at ?? null };
}

/** More facts than stand behind one event (`facts` is a smallint): what reaches into a stretch begins no further before it. */
const MOST_FACTS = 32_768;

/** Users about whom something stands between two positions, the first excluded. */
export async function accountsBetween(
  reader: Reader,
  accounts: readonly number[],
  after: number,
  to: number,
): Promise<ReadonlySet<number>> {
  const rows = await reader.query<{ account: number }>(
    `select a.account from unnest($1::bigint[]) as a (account)
     where exists (
       select from events.log l where l.account = a.account and l.cause is null and l.position <= $3 and l.position + l.facts > $2
         and l.position > $2 - ${MOST_FACTS}
     )`,
    [plainArray(accounts), after, to],
  );
  return new Set(rows.map(({ account }) => account));
}

interface MomentRow {
  readonly [column: string]: unknown;
  readonly position: number;
  readonly recorded_at: number;
}

async function rowAt(reader: Reader, position: number): Promise<MomentRow | undefined> {
  const [row] = await reader.query<MomentRow>('select position, recorded_at from events.log where position = $1', [position]);
  return row;
}

/** Two processes may record a little out of order: this many milliseconds are looked through one by one. */
const SLACK = 60_000;

/** The position behind which everything was recorded at `time` (milliseconds) or later. */
export async function positionBefore(reader: Reader, time: number): Promise<number> {
  let low = 0;
  let high = await readHead(reader);
  // The last position that was recorded well before: times rise with positions but for the slack.
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const row = await rowAt(reader, middle);
    if (row !== undefined && row.recorded_at < time - SLACK) low = middle;
    else high = middle - 1;
  }
  const [first] = await reader.query<{ position: number }>(
    `select position from events.log where position > $1 and recorded_at >= $2::timestamptz order by position limit 1`,
    [low, formatTime(time)],
  );
  return first === undefined ? readHead(reader) : first.position - 1;
}
