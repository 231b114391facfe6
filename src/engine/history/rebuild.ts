import type { Score } from '../../boards/index.ts';
import { accountId } from '../../kernel/ids.ts';
import type { Database, Tx } from '../../kernel/ports.ts';
import { seenId } from '../../metrics/index.ts';
import { firstRecorded, loadUnlockFacts, seenBefore, streamMoves } from './history-store.ts';
import { type LoggedMoves, refold, type RulebookOf, scoresNow, UnknownVersion } from './refold.ts';
import type { Derived } from '../state.ts';
import type { Rulebook } from '../rulebook.ts';
import { scoreId } from '../state.ts';
import { loadStored, type StoredState } from '../stored-state.ts';
import { unlocksIn } from './unlock-facts.ts';

/** Something that is kept otherwise than the log bears out. */
export interface Difference {
  /** `acct_…`: names nobody. */
  readonly account: string;
  readonly what: 'metric' | 'streak' | 'run' | 'score' | 'value' | 'unlock';
  /** Key of the metric or streak, `board period`, `achievement tier`. */
  readonly key: string;
  /** Null: it is not there. */
  readonly live: string | null;
  readonly rebuilt: string | null;
}

export interface RebuildReport {
  readonly ok: boolean;
  readonly users: number;
  /** Rows of the log that moved anything. */
  readonly rows: number;
  readonly scores: number;
  readonly streaks: number;
  readonly unlocks: number;
  /** All of them are counted, the first hundred told. */
  readonly differences: number;
  readonly first: readonly Difference[];
  /** Users of whom not everything can be folded again: decided by a catalog that is no longer understood, or before moves were recorded. */
  readonly skipped: number;
}

const MAX_TOLD = 100;
/** Users whose rows are compared at a time, and rows that are read at a time. */
const USERS = 500;
const CHUNK = 10_000;
const NOBODY: ReadonlySet<number> = new Set();

/**
 * Folds everything that is derived from the log again, user by user, and holds it against what is kept: metrics, streaks, scores
 * of boards, values of `distinct`, unlocks. Reads one snapshot and writes nothing. `onProgress`: rows of the log so far.
 */
export async function checkRebuild(
  database: Database,
  tx: Tx,
  current: Rulebook,
  rulebooks: (versions: Iterable<number>) => Promise<RulebookOf>,
  onProgress: (rows: number) => void,
): Promise<RebuildReport> {
  const report = new Report();
  const recorded = await firstRecorded(tx);
  let waiting: { readonly account: number; readonly rows: readonly LoggedMoves[] }[] = [];
  const compare = async (): Promise<void> => {
    const accounts = waiting.map(({ account }) => account);
    const [stored, facts, unrecorded] = await Promise.all([
      loadStored(tx, accounts),
      loadUnlockFacts(tx, accounts),
      recorded === null ? NOBODY : seenBefore(tx, accounts, recorded),
    ]);
    const rulebookOf = await rulebooks(waiting.flatMap(({ rows }) => rows.map(({ catalogVersion }) => catalogVersion)));
    for (const { account, rows } of waiting) {
      const kept = stored.get(account);
      if (kept === undefined) continue;
      if (unrecorded.has(account)) {
        report.skipped += 1;
        continue;
      }
      try {
        const derived = refold(account, rows, rulebookOf, kept.covers);
        report.add(
          account,
          rows.length,
          kept,
          differencesOf(account, kept, derived, current, unlocksIn(facts.get(account) ?? [])),
        );
      } catch (error) {
        if (!(error instanceof UnknownVersion)) throw error;
        report.skipped += 1;
      }
    }
    waiting = [];
    onProgress(report.rows);
  };
  for await (const user of streamMoves(database, tx, CHUNK)) {
    waiting.push(user);
    if (waiting.length >= USERS) await compare();
  }
  await compare();
  return report.done();
}

class Report {
  users = 0;
  rows = 0;
  scores = 0;
  streaks = 0;
  unlocks = 0;
  skipped = 0;
  differences = 0;
  readonly first: Difference[] = [];

  add(_account: number, rows: number, { scores, hot, unlocks }: StoredState, differences: readonly Difference[]): void {
    this.users += 1;
    this.rows += rows;
    this.scores += scores.size;
    this.streaks += hot.streaks.size;
    this.unlocks += unlocks.length;
    this.differences += differences.length;
    this.first.push(...differences.slice(0, MAX_TOLD - this.first.length));
  }

  done(): RebuildReport {
    const { users, rows, scores, streaks, unlocks, skipped, differences, first } = this;
    return { ok: differences === 0, users, rows, scores, streaks, unlocks, differences, first, skipped };
  }
}

type Texts = ReadonlyMap<string, string>;

/** What one user has otherwise than was folded. */
export function differencesOf(
  account: number,
  kept: StoredState,
  derived: Derived,
  current: Rulebook,
  unlocked: ReadonlySet<string>,
): readonly Difference[] {
  const pairs: readonly (readonly [Difference['what'], Texts, Texts])[] = [
    ['metric', valuesOf(kept.hot.metrics), valuesOf(derived.metrics)],
    ['streak', textsOf(kept.hot.streaks), textsOf(derived.streaks)],
    ['run', runsOf(kept.runs.map((run) => [run.streak, run])), runsOf(olderRuns(derived))],
    ['score', scoresOf(kept.scores, current), scoresOf(scoresNow(derived, current), current)],
    ['value', present(kept.seen), present([...derived.seen.values()].map((seen) => seenId(seen.metric, seen.span, seen.member)))],
    ['unlock', present(kept.unlocks.map(({ achievement, tier }) => `${achievement} ${tier}`)), present(unlocked)],
  ];
  return pairs.flatMap(([what, live, rebuilt]) =>
    [...new Set([...live.keys(), ...rebuilt.keys()])].flatMap((key) => {
      const [a, b] = [live.get(key) ?? null, rebuilt.get(key) ?? null];
      return a === b ? [] : [{ account: accountId(account), what, key, live: a, rebuilt: b }];
    }),
  );
}

function valuesOf(metrics: Derived['metrics']): Texts {
  return new Map([...metrics].map(([key, { value, at }]) => [key, `${value} at ${at}`]));
}

function textsOf(streaks: Derived['streaks']): Texts {
  return new Map(
    [...streaks]
      .filter(([, { length }]) => length > 0)
      .map(([key, { first, last, length, kept, freezes, longest }]) => [
        key,
        `${first} to ${last}, ${length} until ${kept}, ${freezes} freezes, longest ${longest}`,
      ]),
  );
}

type RunOf = readonly [streak: string, run: { readonly first: number; readonly last: number }];

function olderRuns({ pasts }: Derived): readonly RunOf[] {
  return [...pasts].flatMap(([key, { older }]) => older.map((run): RunOf => [key, run]));
}

function runsOf(runs: readonly RunOf[]): Texts {
  return new Map(runs.map(([key, { first, last }]) => [`${key} ${first}`, `to ${last}`]));
}

/** Scores over all time of boards that are no longer in the catalog stay as they were left. */
function scoresOf(scores: ReadonlyMap<string, Score>, { catalog }: Rulebook): Texts {
  const inForce = new Set(catalog.boards.map(({ key }) => scoreId(key, 'all')));
  return new Map(
    [...scores].filter(([id]) => !id.endsWith(' all') || inForce.has(id)).map(([id, score]) => [id, scoreText(score)]),
  );
}

function scoreText({ score, reachedAt, segment, record }: Score): string {
  const kept = segment === null && record === null ? '' : `, keeps ${JSON.stringify([segment, record])}`;
  return `${score} at ${reachedAt}${kept}`;
}

function present(ids: Iterable<string>): Texts {
  return new Map([...ids].map((id) => [id, 'there']));
}
