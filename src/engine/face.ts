import type { Actor } from '../access/index.ts';
import type { CatalogChange, CatalogFault } from '../catalog/index.ts';
import type { Outcome } from '../kernel/outcome.ts';
import type { Backfills } from './backfill-model.ts';
import type { EngineStatus, EventResult, TransferResult } from './model.ts';
import type { Publisher } from './publish.ts';

export interface CatalogApplied {
  readonly version: number;
  /** False: the source is the one in force already, and nothing was written. */
  readonly applied: boolean;
  readonly changes: readonly CatalogChange[];
}

export type CatalogOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly CatalogFault[] };

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
  /** Does everything that was put off until now: what expires, closes, ends. Answers how many timers it took up. */
  runDueTimers(): Promise<number>;
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
