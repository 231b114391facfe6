import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { verifyLedger } from '../../../src/ledger/index.ts';
import { ADMIN, createTestEngine } from '../../support/engine.ts';
import { openLiveBoards } from '../../support/live-boards.ts';
import { createRandom, type Random } from '../../support/random.ts';
import { Stream } from './generate-actions.ts';
import { generatePlan } from './generate.ts';
import { Model } from './model.ts';
import { written } from './plan.ts';
import { Player, type World } from './play.ts';
import { periodsOf, rank, scoreOf } from './ranking.ts';
import { stateOf, storedState } from './state.ts';

const SEED = Number(process.env['TEST_SEED'] ?? 1);
/** To look at some catalogs alone: `3` or `3,7`. */
const ONLY = process.env['TEST_CATALOG']?.split(',').map(Number);
const CATALOGS = 50;
const RUNS_EACH = 10;
const ACTIONS = 10;
/** As many databases, each with a clock of its own: they play at the same time. */
const WORLDS = 4;
const BEGINNING = Date.parse('2027-01-15T10:00:00Z');
/** Clocks only go forward: each catalog begins so many milliseconds after the one before. */
const APART = 150 * 86_400_000;
/** Milliseconds. Half a minute on two idle cores; a busy machine may take its time. */
const TIMEOUT = 180_000;

test(`the engine does what a naive model of the whole catalog does, in ${CATALOGS * RUNS_EACH} runs from seed ${SEED}`, {
  timeout: TIMEOUT,
}, async () => {
  const catalogs = Array.from({ length: CATALOGS }, (_, n) => n).filter((n) => ONLY?.includes(n) ?? true);
  const failed: { readonly catalog: number; readonly error: unknown }[] = [];
  await Promise.all(
    Array.from({ length: Math.min(WORLDS, catalogs.length) }, async (_, place) => {
      const bench = await createTestEngine('diana: 1');
      const other = await bench.another();
      try {
        for (const n of catalogs.filter((_, i) => i % WORLDS === place)) {
          await playCatalog({ bench, other }, n).catch((error: unknown) => failed.push({ catalog: n, error }));
        }
        expect((await verifyLedger(bench.test.database, { now: bench.clock.now })).faults).toEqual([]);
      } finally {
        await other.drain();
        await bench.close();
      }
    }),
  );
  if (failed.length > 0) {
    const others = failed.slice(1).map(({ catalog }) => catalog);
    throw new Error(`catalogs that disagree, besides this one: ${others.join(', ') || 'none'}`, { cause: failed[0]?.error });
  }
});

/** Each catalog follows from the seed and its number alone. */
async function playCatalog(world: World, n: number): Promise<void> {
  const random = createRandom(SEED * 1_000 + n);
  const { bench } = world;
  const since = BEGINNING + n * APART;
  bench.clock.set(new Date(since).toISOString());
  const plan = generatePlan(random, n, since);
  const source = stringify(written(plan));
  const applied = await bench.engine.applyCatalog(source, ADMIN);
  if (!applied.ok) throw new Error(`TEST_SEED=${SEED} TEST_CATALOG=${n}: ${JSON.stringify(applied.faults)}\n${source}`);
  const model = new Model(plan, since);
  for (let run = 0; run < RUNS_EACH; run += 1) {
    const player = new Player(world, model, random);
    try {
      const stream = new Stream(random, `${n}-${run}`);
      for (const action of stream.beginning()) await player.play(action);
      for (let i = 0; i < ACTIONS; i += 1) await player.play(stream.next(bench.clock.now()));
      expect(await storedState(bench.test.owner, model, player.users)).toEqual(stateOf(model, player.users));
    } catch (error) {
      const last = player.told.slice(-5).map((action) => JSON.stringify(action));
      const told = `TEST_SEED=${SEED} TEST_CATALOG=${n}, run ${run}, the last actions:\n${last.join('\n')}\n${source}`;
      throw new Error(told, { cause: error });
    }
  }
  await compareRanks(world, model, source, random);
}

/** Some periods of all boards, as people read them: with the users of all runs. */
async function compareRanks({ bench }: World, model: Model, source: string, random: Random): Promise<void> {
  const { plan, since } = model;
  const live = await openLiveBoards(bench);
  for (const board of plan.boards) {
    const people = [...model.people];
    const periods = [...new Set(people.flatMap(([, { entries }]) => periodsOf(board, entries, since)))];
    for (const period of random.shuffled(periods).slice(0, 2)) {
      const scores = people.flatMap(([user, { entries }]) => {
        const reached = scoreOf(plan, board, period, entries, since);
        return reached === undefined ? [] : [{ user, ...reached }];
      });
      const page = await live.page(board.id, { period, offset: 0, limit: 1_000 });
      const context = `TEST_SEED=${SEED} ${plan.name}: ${board.id} in ${period}\n${source}`;
      expect(page.ok ? page.value.entries : page.fault, context).toEqual(rank(board, scores));
    }
  }
}
