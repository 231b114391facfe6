import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { createLiveBoards } from '../../../src/boards/index.ts';
import { parseCatalog } from '../../../src/catalog/index.ts';
import { checkRebuild, createCatalogs } from '../../../src/engine/index.ts';
import { verifyLedger } from '../../../src/ledger/index.ts';
import { ADMIN, createTestEngine } from '../../support/engine.ts';
import { quietLog } from '../../support/log.ts';
import { createRandom } from '../../support/random.ts';
import { type Action, generateActions } from './actions.ts';
import { generatePlan } from './generate.ts';
import { Model } from './model.ts';
import { type Plan, written } from './plan.ts';
import { Player, type World } from './play.ts';
import { shrink } from './shrink.ts';
import { stateOf, storedState } from './state.ts';

const SEED = Number(process.env['TEST_SEED'] ?? 1);
const RUNS = Number(process.env['TEST_RUNS'] ?? 500);
/** To look at some runs alone: `13` or `13,47`. */
const ONLY = process.env['TEST_RUN']?.split(',').map(Number);
const RUNS_OF_A_CATALOG = 10;
const ACTIONS = 14;
/** As many databases, each with a clock of its own: they play at the same time. */
const WORLDS = 4;
const BEGINNING = Date.parse('2027-01-15T10:00:00Z');
/** Clocks only go forward, and no run reaches into the periods of the next. */
const APART = 90 * 86_400_000;
/** A minute and a half on two idle cores; a busy machine may take its time. Milliseconds. */
const TIMEOUT = 600_000;

/** All that a run is follows from the seed and its number. */
interface Run {
  readonly n: number;
  readonly catalog: number;
  readonly plan: Plan;
  readonly source: string;
  /** When its catalog is applied, and when it begins. Milliseconds. */
  readonly applied: number;
  readonly since: number;
  readonly actions: readonly Action[];
}

function runOf(n: number): Run {
  const catalog = Math.floor(n / RUNS_OF_A_CATALOG);
  const plan = generatePlan(createRandom(SEED * 100_000 + catalog), catalog);
  const applied = BEGINNING + catalog * RUNS_OF_A_CATALOG * APART;
  const since = BEGINNING + n * APART;
  const codes = plan.currencies.map(({ code }) => code);
  const actions = generateActions(createRandom(SEED * 100_000 + 50_000 + n), codes, since, ACTIONS);
  return { n, catalog, plan, source: stringify(written(plan)), applied, since, actions };
}

test(`the engine does what a naive model does, what is undone included, in ${RUNS} runs from seed ${SEED}`, {
  timeout: TIMEOUT,
}, async () => {
  const runs = Array.from({ length: RUNS }, (_, n) => n)
    .filter((n) => ONLY?.includes(n) ?? true)
    .map(runOf);
  const failed: { readonly run: Run; readonly error: unknown }[] = [];
  await Promise.all(
    Array.from({ length: WORLDS }, async (_, place) => {
      const own = runs.filter(({ catalog }) => catalog % WORLDS === place);
      if (own.length > 0) failed.push(...(await playWorld(own)));
    }),
  );
  const [first] = failed.toSorted((a, b) => a.run.n - b.run.n);
  if (first === undefined) return;
  const { run, error } = first;
  const numbers = failed.map((one) => one.run.n).toSorted((a, b) => a - b);
  const actions = await shrink(run.actions, (fewer) => fails(run, fewer));
  const told = [
    `runs that disagree: ${numbers.join(', ')}; to play the first alone: TEST_SEED=${SEED} TEST_RUN=${run.n}`,
    run.source,
    'these actions are enough:',
    ...actions.map((action) => JSON.stringify(action)),
  ];
  throw new Error(told.join('\n'), { cause: (await failure(run, actions)) ?? error });
});

/** Plays runs one after the other in a database of their own; answers those that went wrong. */
async function playWorld(runs: readonly Run[]): Promise<{ readonly run: Run; readonly error: unknown }[]> {
  return inWorld(async (world) => {
    const failed: { readonly run: Run; readonly error: unknown }[] = [];
    let applied = -1;
    for (const run of runs) {
      if (run.catalog !== applied) await apply(world, run);
      applied = run.catalog;
      await playRun(world, run, run.actions, false).catch((error: unknown) => failed.push({ run, error }));
      if (run === runs.findLast(({ catalog }) => catalog === run.catalog)) {
        await proven(world).catch((error: unknown) => failed.push({ run, error }));
      }
    }
    return failed;
  });
}

async function inWorld<T>(work: (world: World) => Promise<T>): Promise<T> {
  const bench = await createTestEngine('diana: 1');
  const other = await bench.another();
  try {
    return await work({ bench, other });
  } finally {
    await other.drain();
    await bench.close();
  }
}

async function apply({ bench }: World, { applied, source }: Run): Promise<void> {
  bench.clock.set(new Date(applied).toISOString());
  const outcome = await bench.engine.applyCatalog(source, ADMIN);
  if (!outcome.ok) throw new Error(`${JSON.stringify(outcome.faults)}\n${source}`);
}

/** `closely`: looks at the tables after each action. */
async function playRun(world: World, run: Run, actions: readonly Action[], closely: boolean): Promise<void> {
  const { bench } = world;
  bench.clock.set(new Date(run.since).toISOString());
  const model = new Model(run.plan, run.applied);
  const player = new Player(world, model, `${run.n}`);
  const compare = async (): Promise<void> => {
    const stored = await storedState(bench.test.owner, model, (user) => player.name(user));
    expect(stored).toEqual(stateOf(model));
  };
  for (const action of actions) {
    await player.play(action);
    if (closely) await compare();
  }
  await compare();
  await compareRanks(world, run, model, player);
}

/** What a run fails with when it is played alone; undefined where it does not. */
async function failure(run: Run, actions: readonly Action[]): Promise<unknown> {
  return inWorld(async (world) => {
    try {
      await apply(world, run);
      await playRun(world, run, actions, true);
      await proven(world);
      return undefined;
    } catch (error) {
      return error;
    }
  });
}

async function fails(run: Run, actions: readonly Action[]): Promise<boolean> {
  return (await failure(run, actions)) !== undefined;
}

/** The ledger adds up, and what is kept is what the log bears out. */
async function proven({ bench }: World): Promise<void> {
  const { database } = bench.test;
  expect((await verifyLedger(database, { now: bench.clock.now })).faults).toEqual([]);
  const catalogs = await createCatalogs(database, bench.clock, quietLog);
  const report = await database.snapshot((tx) =>
    checkRebuild(database, tx, catalogs.current(), catalogs.rulebooks, () => undefined),
  );
  expect({ first: report.first, skipped: report.skipped }).toEqual({ first: [], skipped: 0 });
}

/** All boards, as people read them. */
async function compareRanks({ bench }: World, run: Run, model: Model, player: Player): Promise<void> {
  const { plan, source } = run;
  const parsed = parseCatalog(source);
  if (!parsed.ok) throw new Error('the catalog was applied a moment ago');
  const live = createLiveBoards({
    database: bench.test.database,
    clock: bench.clock,
    log: quietLog,
    start: 0,
    boards: () => ({ version: 1, timezone: plan.timezone, boards: parsed.catalog.boards }),
    accountOf: () => Promise.resolve(undefined),
  });
  for (const board of plan.boards) {
    for (const period of model.periods(board)) {
      const page = await live.page(board.id, { period, offset: 0, limit: 1_000 });
      const own = page.ok ? page.value.entries.filter(({ user }) => user.startsWith(player.name(''))) : page.fault;
      const expected = model.standings(board, period).map((one) => ({ ...one, user: player.name(one.user) }));
      // Users of other runs are on a board over all time, too: whatever ranks they take, the order is the same.
      const isOwn = board.period !== 'all';
      const plain = (entries: typeof own): unknown =>
        typeof entries === 'string'
          ? entries
          : entries.map(({ rank, user, score }) => ({ rank: isOwn ? rank : null, user, score }));
      expect(plain(own), `${board.id} in ${period}`).toEqual(plain(expected));
    }
  }
}
