import type { Actor } from '../access/index.ts';
import type { JsonObject } from '../kernel/json.ts';
import { type Clock, type Database, DatabaseUnavailable, type Log } from '../kernel/ports.ts';
import { formatTime, HOUR, SECOND } from '../kernel/time.ts';
import { delayTimer, dueTimers, type Timer } from '../timers/index.ts';
import type { Deed, Deeds } from './deeds.ts';

/** What a timer of some kind does when it is due. Its deed names the timer, so that both are one transaction. */
export type TimerHandler = (timer: Timer) => Deed<JsonObject>;

/** Who does what nobody asked for. */
export const SYSTEM: Actor = { id: '@system', role: 'admin', account: null };

/** A deed that nobody asked for: its timer is what makes it happen once. `users`: whose timer it is, unless told otherwise. */
export function timerDeed(
  timer: Timer,
  decide: Deed<JsonObject>['decide'],
  users: Deed<JsonObject>['users'] = timer.account === null ? [] : [{ account: timer.account }],
): Deed<JsonObject> {
  return { kind: timer.kind, id: null, body: {}, users, actor: SYSTEM, timer, decide };
}

/** Most timers that one look takes up. */
const MAX_AT_ONCE = 500;
/** So many are done side by side: each waits for its commit, and other connections are the main job's. */
const SIDE_BY_SIDE = 4;
/** What fails is tried again after this, then twice as long each time, up to an hour. */
const FIRST_PAUSE = 5 * SECOND;

export interface Timing {
  /** Does what is due now. Answers how many timers it took up. */
  runDue(): Promise<number>;
}

export function createTiming(options: {
  readonly database: Database;
  readonly deeds: Deeds;
  readonly clock: Clock;
  readonly log: Log;
  readonly handlers: Readonly<Record<string, TimerHandler>>;
  readonly observer: { timersLate(seconds: number): void; timerFailed(kind: string): void };
}): Timing {
  const { database, deeds, clock, log, handlers, observer } = options;
  const read = { query: database.read.bind(database) };

  async function fire(timer: Timer): Promise<void> {
    const handler = handlers[timer.kind];
    if (handler === undefined) return delay(timer, `this version of Diana does not know timers of kind ${timer.kind}`);
    try {
      const outcome = await deeds.run(handler(timer));
      if (!outcome.ok) await delay(timer, outcome.refusal.message);
    } catch (error) {
      if (error instanceof DatabaseUnavailable) throw error;
      log.error({ err: error, kind: timer.kind, key: timer.key, attempts: timer.attempts + 1 }, 'a timer failed');
      await delay(timer, 'it failed');
    }
  }

  async function delay(timer: Timer, reason: string): Promise<void> {
    const pause = Math.min(FIRST_PAUSE * 2 ** Math.min(timer.attempts, 20), HOUR);
    observer.timerFailed(timer.kind);
    log.warn({ kind: timer.kind, key: timer.key, reason, pause }, 'a timer will be tried again');
    await database.transaction((tx) => delayTimer(tx, timer, formatTime(clock.now() + pause)));
  }

  return {
    async runDue() {
      const now = clock.now();
      const due = await dueTimers(read, formatTime(now), MAX_AT_ONCE);
      observer.timersLate((now - (due[0]?.dueAt ?? now)) / SECOND);
      let next = 0;
      const work = async (): Promise<void> => {
        for (let timer = due[next++]; timer !== undefined; timer = due[next++]) await fire(timer);
      };
      await Promise.all(Array.from({ length: Math.min(SIDE_BY_SIDE, due.length) }, work));
      return due.length;
    },
  };
}
