import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { checkRebuild, createCatalogs, type RebuildReport } from '../../../src/engine/index.ts';
import { accountId } from '../../../src/kernel/ids.ts';
import { verifyLedger } from '../../../src/ledger/index.ts';
import { ADMIN, createTestEngine } from '../../support/engine.ts';
import { openLiveBoards } from '../../support/live-boards.ts';
import { quietLog } from '../../support/log.ts';
import { createRandom } from '../../support/random.ts';
import { type Action, generateActions } from './actions.ts';
import { generatePlan } from './generate.ts';
import { Model } from './model.ts';
import { type Plan, written } from './plan.ts';
import { Player, type World } from './play.ts';
import { pieces, shrink } from './shrink.ts';
import { stateOf, storedState } from './state.ts';

const SEED = Number(process.env['TEST_SEED'] ?? 1);
const RUNS = Number(process.env['TEST_RUNS'] ?? 500);
/** To look at some runs alone: `13` or `13,47`. */
const ONLY = process.env['TEST_RUN']?.split(',').map(Number);
const ACTIONS = 12;
/** As many databases, each with a clock of its own: they play at the same time. */
const WORLDS = 4;
/** After so many runs the ledger and the log are proven: that takes longer the more there are in the database. */
const RUNS_OF_A_PROOF = 60;
const BEGINNING = Date.parse('2027-01-15T10:00:00Z');
const DAY = 86_400_000;
/** Clocks only go forward, and no run reaches into the time of the next. */
const APART = 100 * DAY;
/** A minute and a half on two idle cores; a busy machine may take its time. Milliseconds. */
const TIMEOUT = 600_000;

/** All that a run is follows from the seed and its number. */
interface Run {
  readonly n: number;
  readonly plan: Plan;
  readonly source: string;
  /** When its catalog is applied, and when it begins. Milliseconds. */
  readonly applied: number;
  readonly since: number;
  readonly actions: readonly Action[];
}

interface Failure {
  readonly run: Run;
  readonly error: unknown;
}

function runOf(n: number): Run {
  const random = createRandom(SEED * 100_000 + n);
  const plan = generatePlan(random, n);
  const since = BEGINNING + n * APART;
  const codes = plan.currencies.map(({ code }) => code);
  return {
    n,
    plan,
    source: stringify(written(plan)),
    applied: since - random.pick([0, 20 * DAY]),
    since,
    actions: generateActions(random, codes, since, ACTIONS),
  };
}

test(`the engine does what a naive model does, what is undone included, in ${RUNS} runs from seed ${SEED}`, {
  timeout: TIMEOUT,
}, async () => {
  const runs = Array.from({ length: RUNS }, (_, n) => n)
    .filter((n) => ONLY?.includes(n) ?? true)
    .map(runOf);
  const worlds = Array.from({ length: WORLDS }, (_, place) => runs.filter(({ n }) => n % WORLDS === place));
  const failed = (await Promise.all(worlds.filter((own) => own.length > 0).map(playWorld))).flat();
  const [first] = failed.toSorted((a, b) => a.run.n - b.run.n);
  if (first === undefined) return;
  const { run, error } = first;
  const numbers = failed.map((one) => one.run.n).toSorted((a, b) => a - b);
  const fails = async (fewer: readonly Action[]): Promise<boolean> => (await failure(run, fewer)) !== undefined;
  // Some things go wrong only in a batch.
  const single = pieces(run.actions);
  const actions = await shrink((await fails(single)) ? single : run.actions, fails);
  const told = [
    `runs that disagree: ${numbers.join(', ')}; to play the first alone: TEST_SEED=${SEED} TEST_RUN=${run.n}`,
    run.source,
    'these actions are enough:',
    ...actions.map((action) => JSON.stringify(action)),
  ];
  throw new Error(told.join('\n'), { cause: (await failure(run, actions)) ?? error });
});

/** Plays runs one after the other in a database of their own; answers those that went wrong. */
async function playWorld(runs: readonly Run[]): Promise<readonly Failure[]> {
  return inWorld(async (world) => {
    const failed: Failure[] = [];
    for (const [i, run] of runs.entries()) {
      await playRun(world, run, run.actions, false).catch((error: unknown) => failed.push({ run, error }));
      if ((i + 1) % RUNS_OF_A_PROOF !== 0 && i + 1 < runs.length) continue;
      const guilty = async (users: readonly string[]): Promise<readonly Run[]> =>
        runs.filter(({ n }) => users.some((user) => user.startsWith(`${n}-`)));
      await proven(world).catch(async (error: unknown) => {
        const users = error instanceof Unproven ? await error.users(world) : [];
        for (const one of await guilty(users.length === 0 ? [`${run.n}-`] : users)) failed.push({ run: one, error });
      });
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

/** `closely`: looks at the tables after each action. */
async function playRun(world: World, run: Run, actions: readonly Action[], closely: boolean): Promise<void> {
  const { bench } = world;
  bench.clock.set(new Date(run.applied).toISOString());
  const outcome = await bench.engine.applyCatalog(run.source, ADMIN);
  if (!outcome.ok) throw new Error(`${JSON.stringify(outcome.faults)}\n${run.source}`);
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
      await playRun(world, run, actions, true);
      await proven(world);
      return undefined;
    } catch (error) {
      return error;
    }
  });
}

/** What is kept is not what the log bears out. */
class Unproven extends Error {
  override readonly name = 'Unproven';
  readonly #accounts: readonly string[];

  constructor(differences: RebuildReport['first']) {
    super(JSON.stringify(differences, null, 1));
    this.#accounts = [...new Set(differences.map(({ account }) => account))];
  }

  async users({ bench }: World): Promise<readonly string[]> {
    const people = await bench.test.owner<{ id: string; account: string }[]>`select id, account::text from users.person`;
    return people.filter(({ account }) => this.#accounts.includes(accountId(Number(account)))).map(({ id }) => id);
  }
}

/** The ledger adds up, and what is kept is what the log bears out. */
async function proven({ bench }: World): Promise<void> {
  const { database } = bench.test;
  expect((await verifyLedger(database, { now: bench.clock.now })).faults).toEqual([]);
  const catalogs = await createCatalogs(database, bench.clock, quietLog);
  const report = await database.snapshot((tx) =>
    checkRebuild(database, tx, catalogs.current(), catalogs.rulebooks, () => undefined),
  );
  if (!report.ok) throw new Unproven(report.first);
  expect(report.skipped).toBe(0);
}

/** All boards, as people read them. */
async function compareRanks({ bench }: World, run: Run, model: Model, player: Player): Promise<void> {
  const { plan } = run;
  const live = await openLiveBoards(bench);
  for (const board of plan.boards) {
    for (const period of model.periods(board)) {
      const page = await live.page(board.id, { period, offset: 0, limit: 1_000 });
      const expected = model.standings(board, period).map((one) => ({ ...one, user: player.name(one.user) }));
      const told = page.ok ? page.value.entries.map(({ rank, user, score }) => ({ rank, user, score })) : page.fault;
      expect(told, `${board.id} in ${period}`).toEqual(expected);
    }
  }
}
