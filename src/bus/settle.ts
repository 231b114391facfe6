import { accountNumber } from './log-event.ts';
import { pauseBefore } from './backoff.ts';
import { formatTime } from '../kernel/time.ts';
import type { BusEvent, RetrySettings, Try } from './model.ts';

/** An event that is to be delivered, with what was tried before. */
export interface Entry {
  readonly event: BusEvent;
  readonly attempts: number;
  readonly tries: readonly Try[];
}

export interface Failure {
  readonly error: string;
  readonly status?: number;
  /** Milliseconds that the receiver asked to be left alone. */
  readonly retryAfter?: number;
}

/** What became of the entries of a batch. What is in neither was delivered. */
export interface Results {
  /** By position. */
  readonly failed: ReadonlyMap<number, Failure>;
  /** Not tried: an earlier one of the same user failed, or the receiver asked for a pause, or there was no time. */
  readonly untried: ReadonlySet<number>;
}

export interface DeliveryRow {
  readonly position: number;
  readonly account: number;
  /** Milliseconds; null: waits behind an earlier one of its user. */
  readonly dueAt: number | null;
  readonly attempts: number;
  readonly tries: readonly Try[];
}

export interface DeadLetterRow {
  readonly position: number;
  readonly account: number;
  readonly type: string;
  readonly correlationId: string;
  readonly attempts: number;
  readonly tries: readonly Try[];
}

/** What is to be written once a batch was delivered, or was not. */
export interface Settlement {
  readonly delivered: number;
  readonly failed: number;
  /** New or changed. */
  readonly waiting: readonly DeliveryRow[];
  readonly dead: readonly DeadLetterRow[];
  /** Rows of deliveries that are over: delivered, or dead. */
  readonly over: readonly { readonly position: number; readonly account: number }[];
}

/** Attempts that are kept word by word; of more, the first and the newest. */
const MAX_TRIES = 20;

export interface SettleOptions {
  readonly retry: RetrySettings;
  readonly order: 'user' | 'none';
  /** Milliseconds. */
  readonly now: number;
  /** Uniform in [0, 1). */
  readonly chance: () => number;
  /** A probe of the breaker, or a receiver that asked for a pause: what fails then is not held against the event. */
  readonly isFree: boolean;
  /** The entries stand in the table already. */
  readonly areRows: boolean;
}

/** Pure: what is to be written after `results`. `held` were not even tried: something of their users waits. */
export function settle(
  entries: readonly Entry[],
  held: readonly BusEvent[],
  results: Results,
  options: SettleOptions,
): Settlement {
  const waiting: DeliveryRow[] = [];
  const dead: DeadLetterRow[] = [];
  const over: { position: number; account: number }[] = [];
  /** Users of whom something earlier in this batch waits. */
  const blocked = new Set<number>();
  let delivered = 0;
  for (const entry of entries) {
    const { event } = entry;
    const { position } = event;
    const account = accountNumber(event);
    const failure = results.failed.get(position);
    if (failure === undefined && !results.untried.has(position)) {
      delivered += 1;
      if (options.areRows) over.push({ position, account });
    } else if (failure === undefined) {
      const waits = options.order === 'user' && blocked.has(account);
      if (!options.areRows) waiting.push({ position, account, dueAt: waits ? null : options.now, attempts: 0, tries: [] });
      if (account > 0) blocked.add(account);
    } else {
      const attempts = entry.attempts + (options.isFree ? 0 : 1);
      const tries = withTry(entry.tries, failure, options.now);
      if (attempts >= options.retry.attempts && !options.isFree) {
        dead.push({ position, account, type: event.type, correlationId: event.correlationId, attempts, tries });
        if (options.areRows) over.push({ position, account });
      } else {
        const pause = pauseBefore(Math.max(attempts, 1), options.retry, options.chance(), failure.retryAfter ?? null);
        waiting.push({ position, account, dueAt: options.now + pause, attempts, tries });
        if (account > 0) blocked.add(account);
      }
    }
  }
  for (const event of held) {
    waiting.push({ position: event.position, account: accountNumber(event), dueAt: null, attempts: 0, tries: [] });
  }
  return { delivered, failed: results.failed.size, waiting, dead, over };
}

function withTry(tries: readonly Try[], { error, status }: Failure, now: number): readonly Try[] {
  const one: Try = { at: formatTime(now), error, ...(status === undefined ? {} : { status }) };
  const all = [...tries, one];
  return all.length <= MAX_TRIES ? all : [...all.slice(0, 1), ...all.slice(2)];
}
