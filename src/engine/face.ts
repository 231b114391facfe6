import type { Actor } from '../access/index.ts';
import type { CatalogChange, CatalogFault } from '../catalog/index.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Outcome } from '../kernel/outcome.ts';
import type { Backfills } from './history/backfill-model.ts';
import type { BoostOutcome, EngineStatus, EventResult, HoldOutcome, SetVisibility, TransferResult } from './model.ts';
import type { Publisher } from './publish.ts';
import type { Streaks } from './streaks/streak-model.ts';
import type { Undos } from './undo/undo-model.ts';

export interface CatalogApplied {
  readonly version: number;
  /** False: the source is the one in force already, and nothing was written. */
  readonly applied: boolean;
  readonly changes: readonly CatalogChange[];
}

export type CatalogOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly CatalogFault[] };

/** What was done to a tier by hand. */
export interface Granted extends JsonObject {
  readonly achievement: string;
  readonly tier: string;
  /** Paid for it, by currency. */
  readonly paid: Readonly<Record<string, number>>;
}

export type Revoked = Pick<Granted, 'achievement' | 'tier'>;

/** `position`: place in the log; reads with `?after=<position>` wait for it. */
export interface GrantDone<A> {
  readonly result: A;
  readonly position: number | null;
}

/** What is done to a user's achievements by hand: one tier at a time, each in one transaction with its audit row. */
export interface Grants {
  /**
   * Unlocks a tier whatever its progress and whatever it requires, with its reward unless `reward` is false. `id` is an
   * identity for ever; without one, `already_unlocked` keeps a repeat from counting twice.
   */
  grant(
    user: string,
    achievement: string,
    command: unknown,
    actor: Actor,
  ): Promise<Outcome<GrantDone<Granted> & { readonly first: boolean }>>;
  /** Takes a tier away; it stays locked until it is granted again. What was paid for it, and what it unlocked, stays. */
  revoke(user: string, achievement: string, command: unknown, actor: Actor): Promise<Outcome<GrantDone<Revoked>>>;
}

/** The main job, and every command that writes two nouns. All of it may reject with `DatabaseUnavailable`. */
export interface Engine {
  /**
   * Takes 1–1,000 events as they came off the wire and answers each, in order, after its commit. Each stands
   * alone; what is wrong with one is its own refusal. Admission is all or nothing: where they do not fit in the
   * queue, all are refused `busy`.
   */
  submit(events: readonly unknown[], actor: Actor): Promise<readonly EventResult[]>;
  /** `first`: false when this identity was answered before. */
  transfer(command: unknown, actor: Actor): Promise<Outcome<{ readonly result: TransferResult; readonly first: boolean }>>;
  planCatalog(source: string): CatalogOutcome<{ readonly changes: readonly CatalogChange[] }>;
  applyCatalog(source: string, actor: Actor): Promise<CatalogOutcome<CatalogApplied>>;
  /** What a version of the catalog began, computed over what happened before it. */
  readonly backfills: Backfills;
  putUser(user: string, change: unknown, actor: Actor): Promise<Outcome<{ readonly created: boolean }>>;
  /** Destroys everything that names the person; the ledger keeps its entries under the bare account. */
  eraseUser(user: string, reason: string | null, actor: Actor): Promise<Outcome<{ readonly account: string }>>;
  /** Taking back an event with all that it caused, or a transfer. */
  readonly undos: Undos;
  /** What is done to a user's achievements by hand. */
  readonly grants: Grants;
  /** Sets points of a user apart. `first` as for transfers. */
  createHold(command: unknown, actor: Actor): Promise<HoldOutcome>;
  /** Takes all or a part of what is held; `hold` is the caller's id of it, or ours. */
  captureHold(hold: string, command: unknown, actor: Actor): Promise<HoldOutcome>;
  /** Gives all or a part of what is held back. */
  releaseHold(hold: string, command: unknown, actor: Actor): Promise<HoldOutcome>;
  /** Raises what rules award to a user, or to everyone, for a time. */
  grantBoost(command: unknown, actor: Actor): Promise<BoostOutcome>;
  /** Ends a boost now; one that is over stays as it is. */
  cancelBoost(id: string, reason: string | null, actor: Actor): Promise<BoostOutcome>;
  /** Hides a user on boards, or shows one again. */
  setVisibility: SetVisibility;
  /** Plans a pause of a streak: `from`, `to` (dates, both included), `reason`. */
  pauseStreak: Streaks['pause'];
  /** Ends the pause that begins on the date `from`, from today on; says whether there was one to end. */
  cancelPause: Streaks['cancelPause'];
  /** Restores a broken streak for the price that the catalog names, once for each `id`. */
  restoreStreak: Streaks['restore'];
  /** Does everything that was put off until now: what expires, closes, ends. Answers how many timers it took up. */
  runDueTimers(): Promise<number>;
  /** Sees to it that every period of a board will be closed, and that who plays in a league has a seat. */
  tendBoards(): Promise<void>;
  status(): EngineStatus;
  /** Refuses what is new, finishes what was admitted. */
  drain(): Promise<void>;
}

/** For folders above that write in transactions of their own. */
export interface Insides {
  /** For events that belong into a transaction of the caller's. */
  readonly publisher: Publisher;
  /** Runs a transaction's work again while it loses races: a deadlock, a catalog that changed meanwhile. */
  pastRaces<T>(work: () => Promise<T>): Promise<T>;
}
