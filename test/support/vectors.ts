import { isDeepStrictEqual } from 'node:util';
import { type BoardPage, createLiveBoards } from '../../src/boards/index.ts';
import type { Outcome } from '../../src/kernel/outcome.ts';
import { ADMIN, SERVICE } from './engine.ts';
import { quietLog } from './log.ts';
import { differences } from './partial-match.ts';
import { createTestReports, type TestReports } from './reports.ts';

/** The files of `test/vectors`, as its README and `schema.json` describe them. */

export interface VectorFile {
  readonly subject: string;
  readonly vectors: readonly Vector[];
}

export interface Vector {
  /** Word for word, of the contract. */
  readonly sentence: string;
  readonly name: string;
  readonly catalog: object;
  readonly now: string;
  readonly steps: readonly Step[];
  readonly state?: State;
}

interface Step {
  readonly now?: string;
  readonly user?: { readonly id: string };
  readonly event?: object;
  readonly as?: 'service' | 'admin';
  readonly transfer?: object;
  readonly pause?: OfStreak & { readonly from: string; readonly to: string };
  readonly restore?: OfStreak & { readonly id: string };
  readonly undo?: { readonly event: string; readonly reason: string; readonly dryRun?: boolean };
  readonly catalog?: object;
  readonly expect?: object;
  /** Number of the step, from 0, whose answer this one repeats. */
  readonly fieldsOf?: number;
  readonly state?: State;
}

interface OfStreak {
  readonly user: string;
  readonly streak: string;
}

type ByUser<T> = Readonly<Record<string, T>>;

interface State {
  readonly balances?: ByUser<Readonly<Record<string, number>>>;
  readonly metrics?: ByUser<Readonly<Record<string, number>>>;
  readonly streaks?: ByUser<object>;
  readonly levels?: ByUser<number>;
  readonly achievements?: ByUser<readonly object[]>;
  /** By board, then by period. */
  readonly boards?: Readonly<Record<string, Readonly<Record<string, object>>>>;
}

export interface SentenceList {
  readonly sections: readonly { readonly section: string; readonly sentences: readonly string[] }[];
  readonly later: readonly { readonly sentence: string; readonly waitsFor: string }[];
}

/** Longer than any board of a vector. */
const WHOLE_BOARD = 100;

export interface VectorBench {
  /** Everything in which the engine differs from a vector. */
  run(vector: Vector): Promise<readonly string[]>;
  close(): Promise<void>;
}

const BLANK = 'diana: 1';

/** An engine on which vectors run one after another, each on an installation that knows nobody and nothing. */
export async function createVectorBench(): Promise<VectorBench> {
  const bench = await createTestReports(BLANK);
  let isBlank = true;
  return {
    async run(vector) {
      if (!isBlank) await clear(bench);
      isBlank = false;
      return follow(bench, vector);
    },
    close: () => bench.close(),
  };
}

/** Much faster than another database: everything goes but the installation itself, past the triggers that forbid it. */
async function clear({ engine, test }: TestReports): Promise<void> {
  await engine.applyCatalog(BLANK, ADMIN);
  await test.owner.begin(async (sql) => {
    await sql.unsafe('set local session_replication_role = replica');
    await sql.unsafe(`do $$ declare place text; begin
      for place in select format('%I.%I', schemaname, tablename) from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema', 'platform')
          and (schemaname, tablename) not in (('events', 'head'), ('catalog', 'version'))
      loop execute 'delete from ' || place; end loop;
      delete from catalog.version where version < (select fence from events.head);
    end $$`);
  });
}

async function follow(bench: TestReports, vector: Vector): Promise<readonly string[]> {
  bench.clock.set(vector.now);
  const applied = await apply(bench, vector.catalog);
  if (!applied.applied) return [`the catalog is refused: ${JSON.stringify(applied)}`];
  const found: string[] = [];
  const answers: unknown[] = [];
  for (const [i, step] of vector.steps.entries()) {
    if (step.now !== undefined) bench.clock.set(step.now);
    const answer = await take(bench, step);
    answers.push(answer);
    found.push(...differences(step.expect ?? {}, answer ?? {}, `steps[${i}]`));
    if (step.fieldsOf !== undefined) found.push(...repeats(answers[step.fieldsOf], answer, `steps[${i}]`));
    if (step.state !== undefined) found.push(...(await compareState(bench, step.state, `after steps[${i}]`)));
  }
  if (vector.state !== undefined) found.push(...(await compareState(bench, vector.state, 'at the end')));
  return found;
}

async function take(bench: TestReports, step: Step): Promise<object | undefined> {
  if (step.user !== undefined) {
    const { id, ...change } = step.user;
    const put = await bench.engine.putUser(id, change, SERVICE);
    if (!put.ok) throw new Error(`the user of the vector is refused: ${put.refusal.message}`);
  }
  if (step.catalog !== undefined) return apply(bench, step.catalog);
  if (step.event !== undefined) return (await bench.submit([step.event], step.as === 'admin' ? ADMIN : SERVICE))[0];
  if (step.pause !== undefined) {
    const { user, streak, ...pause } = step.pause;
    return answerOf(await bench.engine.pauseStreak(user, streak, pause, SERVICE));
  }
  if (step.restore !== undefined) {
    const { user, streak, id } = step.restore;
    return answerOf(await bench.engine.restoreStreak(user, streak, { id }, SERVICE));
  }
  if (step.undo !== undefined) {
    const { event, ...command } = step.undo;
    return answerOf(await bench.engine.undos.undoEvent('default', event, command, ADMIN));
  }
  if (step.transfer === undefined) return undefined;
  return answerOf(await bench.engine.transfer(step.transfer, ADMIN));
}

function answerOf(outcome: Outcome<{ readonly result: object; readonly first: boolean }>): object {
  if (!outcome.ok) return { status: 'refused', ...outcome.refusal };
  return { status: outcome.value.first ? 'accepted' : 'duplicate', ...outcome.value.result };
}

async function apply(
  { engine }: TestReports,
  catalog: object,
): Promise<{ readonly applied: boolean; readonly errors?: unknown }> {
  const outcome = await engine.applyCatalog(JSON.stringify(catalog), ADMIN);
  return outcome.ok ? { applied: true } : { applied: false, errors: outcome.faults };
}

function repeats(first: unknown, answer: unknown, path: string): readonly string[] {
  const [before, after] = [first, answer].map((one) => ({ ...(one as object), status: null }));
  if (isDeepStrictEqual(before, after)) return [];
  return [`${path}: expected the very fields of ${JSON.stringify(before)}, got ${JSON.stringify(after)}`];
}

async function compareState(bench: TestReports, state: State, when: string): Promise<readonly string[]> {
  const found: string[] = [];
  const { balances = {}, metrics = {}, streaks = {}, levels = {}, achievements = {} } = state;
  const compare = (expected: unknown, actual: unknown, what: string): void => {
    found.push(...differences(expected, actual, `${when}, ${what}`));
  };
  for (const user of new Set([balances, metrics, streaks, levels].flatMap(Object.keys))) {
    const profile = await bench.reports.profile(user);
    compare(balances[user] ?? {}, orZero(balances[user], profile?.balances), `balances.${user}`);
    compare(metrics[user] ?? {}, orZero(metrics[user], profile?.metrics), `metrics.${user}`);
    compare(streaks[user] ?? {}, Object.fromEntries((profile?.streaks ?? []).map((one) => [one.id, one])), `streaks.${user}`);
    if (levels[user] !== undefined) compare(levels[user], profile?.level, `levels.${user}`);
  }
  for (const [user, expected] of Object.entries(achievements))
    compare(expected, await bench.reports.achievements(user), `achievements.${user}`);
  for (const [board, periods] of Object.entries(state.boards ?? {})) {
    for (const [period, expected] of Object.entries(periods))
      compare(expected, await readBoard(bench, board, period), `boards.${board}.${period}`);
  }
  return found;
}

/** What is told of a user, and 0 for whatever else was asked about: users who did nothing have nothing. */
function orZero(asked: object = {}, told: object = {}): object {
  return { ...Object.fromEntries(Object.keys(asked).map((name) => [name, 0])), ...told };
}

/** From the tables, as a process that has just begun would. */
async function readBoard({ test, clock, rulebook }: TestReports, board: string, period: string): Promise<BoardPage | object> {
  const { version, catalog } = rulebook();
  const boards = createLiveBoards({
    database: test.database,
    clock,
    log: quietLog,
    start: 0,
    boards: () => ({ version, timezone: catalog.timezone, boards: catalog.boards }),
    accountOf: () => Promise.resolve(undefined),
  });
  const answer = await boards.page(board, { period, offset: 0, limit: WHOLE_BOARD });
  return answer.ok ? answer.value : { fault: answer.fault };
}
