import { accountId, factId } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { LoggedRows, LogRow as WrittenRow } from '../events/index.ts';
import type { Row } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import type { BusEvent } from './model.ts';

/** A row of the log, with the name of its user. */
export interface LogRow extends Row {
  readonly position: number;
  readonly type: string;
  readonly account: number | null;
  /** Null for what nobody named, and once erased. */
  readonly id: string | null;
  readonly source: string | null;
  readonly occurred_at: number;
  readonly recorded_at: number;
  /** Null once erased. */
  readonly data: JsonObject | null;
  readonly correlation_id: string | null;
  readonly causation_id: string | null;
  readonly cause: number | null;
  readonly facts: number;
  readonly user: string | null;
}

/** The source of what Diana announces itself. */
const DIANA = 'diana';

/** The random number behind an account id; 0 for what is about nobody. */
export function accountNumber({ account }: Pick<BusEvent, 'account'>): number {
  return account === null ? 0 : Number.parseInt(account.slice(ACCOUNT), 36);
}
const ACCOUNT = accountId(0).length - 1;

/**
 * Turns rows, which come in order of position, into events: facts share the correlation of the event they stand behind,
 * and name what caused them. `before`: rows of the group that the first one belongs to, where it begins in mid-group.
 */
export function createDecoder(before: readonly LogRow[]): (row: LogRow) => BusEvent | undefined {
  let correlation = '';
  const ids = new Map<number, string>();

  function enter(row: LogRow): string {
    const id = row.id ?? factId(row.position);
    if (row.cause === null) {
      ids.clear();
      // An id of the default source is a name for the whole; another source may use the same one for something else.
      const own = row.id !== null && row.source === 'default' ? row.id : factId(row.position);
      correlation = row.correlation_id ?? own;
    }
    ids.set(row.position, id);
    return id;
  }

  for (const row of before) enter(row);
  return (row) => {
    const id = enter(row);
    // Nothing is left to tell of what was erased.
    if (row.data === null) return undefined;
    return Object.freeze({
      id,
      source: row.source ?? DIANA,
      type: row.type,
      user: row.user,
      account: row.account === null ? null : accountId(row.account),
      time: formatTime(row.occurred_at),
      data: frozen(row.data),
      correlationId: correlation,
      causationId: row.cause === null ? row.causation_id : (ids.get(row.cause) ?? factId(row.cause)),
      position: row.position,
      recordedAt: formatTime(row.recorded_at),
    });
  };
}

/** What this process has just committed, as if it had been read. */
export function decodeLogged({ from, rows, names, recordedAt }: LoggedRows<WrittenRow>): readonly BusEvent[] {
  const event = createDecoder([]);
  return rows.flatMap((row, i) => {
    const { type, account, id, source, data, correlationId, causationId, cause, facts } = row;
    return (
      event({
        position: from + i,
        type,
        account,
        id,
        source,
        occurred_at: Date.parse(row.occurredAt),
        recorded_at: recordedAt,
        data: JSON.parse(data) as JsonObject,
        correlation_id: correlationId,
        causation_id: causationId,
        cause: cause === null ? null : from + cause,
        facts,
        user: account === null ? null : (names.get(account) ?? null),
      }) ?? []
    );
  });
}

/** Several handlers are given the very same event: none may change what the next one sees. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) if (typeof part === 'object') frozen(part);
  return Object.freeze(value);
}
