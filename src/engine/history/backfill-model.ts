import type { Actor } from '../../access/index.ts';
import type { Outcome } from '../../kernel/outcome.ts';
import { formatTime } from '../../kernel/time.ts';
import type { BackfillRow } from './backfill-store.ts';

/** What a version of the catalog began, computed over what happened before it. */
export interface Backfills {
  /**
   * Begins one for the version in force, once for ever: where there is one already, nothing is changed. Work is done by `run`.
   * `silent`: what is due is unlocked without a word and without a reward.
   */
  start(options: { readonly silent: boolean }, actor: Actor): Promise<Outcome<BackfillStatus>>;
  /** Does what is left of all that were begun; answers where the newest stands, null where none was ever begun. `busy`: somebody is at it. */
  run(onProgress?: (status: BackfillStatus) => void): Promise<Outcome<BackfillStatus | null>>;
  /** `run`, without anybody who waits for it. */
  runInBackground(): void;
  /** The newest one. */
  status(): Promise<BackfillStatus | null>;
}

/** For people and machines. */
export interface BackfillStatus {
  /** Of the catalog whose new definitions are computed. */
  readonly version: number;
  readonly state: BackfillRow['state'];
  readonly silent: boolean;
  /** Last position of the log that is looked at. */
  readonly upTo: number;
  /** Users. */
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string | null;
}

export function statusOf(row: BackfillRow): BackfillStatus {
  const { version, state, silent, done, failed, total } = row;
  return {
    version,
    state,
    silent,
    upTo: row.up_to,
    done: Math.min(done, total),
    failed,
    total,
    startedAt: formatTime(row.started_at),
    finishedAt: row.finished_at === null ? null : formatTime(row.finished_at),
  };
}
