import { bareCommit } from './bare-commit.ts';
import type { CpuTime } from './cpu.ts';
import { type LoadResult, loadEngine } from './load.ts';
import { median } from './numbers.ts';
import type { BenchOptions, Figure } from './section.ts';
import { seedUsers } from './seed.ts';
import { installStoredFunction, loadStoredFunction } from './stored-function.ts';
import { createTraffic } from './traffic.ts';
import { openWorld, type World } from './world.ts';

/** Measurements by name, one entry a round. */
type Rounds = Map<string, (LoadResult & { readonly spent?: CpuTime; readonly events: number })[]>;

/** The engine without a wire, against a stored function and a bare commit on the same server. */
export async function inProcess({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const world = await openWorld();
  const rounds: Rounds = new Map();
  const commits: number[] = [];
  const size = quick ? 0.2 : 1;
  try {
    await world.withApp((app) => seedUsers(app));
    await installStoredFunction(world);
    await warmUp(world);
    await world.settle();
    for (let round = 0; round < (quick ? 1 : 3); round += 1) {
      await engineRound(world, rounds, `round-${round}`, size);
      await rivalRound(world, rounds, size);
      commits.push(await bareCommit(world, 500));
    }
  } finally {
    await world.close();
  }
  return figuresOf(rounds, median(commits));
}

async function warmUp(world: World): Promise<void> {
  const traffic = createTraffic('warm');
  await world.withApp(async ({ engine }) => {
    await loadEngine(engine, 2_000, 30_000, traffic.next);
    await loadEngine(engine, 1, 200, traffic.next);
  });
  for (const positions of ['counter', 'sequence'] as const) {
    await loadStoredFunction(world, 1_000, { positions, oneUser: false });
  }
  await bareCommit(world, 200);
}

async function engineRound(world: World, rounds: Rounds, name: string, size: number): Promise<void> {
  await world.withApp(async ({ engine }) => {
    const traffic = createTraffic(name);
    const take = async (key: string, inFlight: number, events: number, next: () => object): Promise<void> => {
      // The server's connections are new in each round: they plan, and fill their caches, before the clock starts.
      await loadEngine(engine, inFlight, Math.min(events, 5_000), next);
      const { result, spent } = await world.cpu.during(() => loadEngine(engine, inFlight, events, next));
      note(rounds, key, { ...result, spent, events });
    };
    await take('many', 2_000, 100_000 * size, traffic.next);
    await take('some', 500, 40_000 * size, traffic.next);
    await take('hot', 500, 40_000 * size, traffic.ofOneUser);
    await take('one', 1, 1_500 * size, traffic.next);
  });
}

async function rivalRound(world: World, rounds: Rounds, size: number): Promise<void> {
  for (const positions of ['counter', 'sequence'] as const) {
    const events = 10_000 * size;
    const spread = await world.cpu.during(() => loadStoredFunction(world, events, { positions, oneUser: false }));
    note(rounds, `function, ${positions}`, { ...spread.result, spent: spread.spent, events });
    const hot = await loadStoredFunction(world, 3_000 * size, { positions, oneUser: true });
    note(rounds, `hot function, ${positions}`, { ...hot, events: 3_000 * size });
  }
}

function note(rounds: Rounds, key: string, result: LoadResult & { readonly spent?: CpuTime; readonly events: number }): void {
  rounds.set(key, [...(rounds.get(key) ?? []), result]);
}

function figuresOf(rounds: Rounds, commit: number): readonly Figure[] {
  const of = (key: string, pick: (result: LoadResult) => number): number => median((rounds.get(key) ?? []).map(pick));
  const rate = (key: string): number => of(key, (result) => result.rate);
  const cost = (key: string): string => {
    const spent = (rounds.get(key) ?? []).flatMap((result) =>
      result.spent === undefined ? [] : [{ ...result.spent, events: result.events }],
    );
    const each = (pick: 'node' | 'postgres'): string => median(spent.map((one) => (one[pick] / one.events) * 1e6)).toFixed(0);
    return `${each('node')} µs Node + ${each('postgres')} µs PostgreSQL each`;
  };
  // The rival may choose: it is compared by whichever way is the faster one for it.
  const faster = (kind: string): { readonly name: string; readonly value: number } => {
    const [best] = (['counter', 'sequence'] as const)
      .map((positions) => ({ name: `stored function, positions by ${positions}`, value: rate(`${kind}, ${positions}`) }))
      .toSorted((a, b) => b.value - a.value);
    if (best === undefined) throw new Error('the stored function was not measured');
    return best;
  };
  return [
    {
      name: '2,000 in flight',
      value: rate('many'),
      unit: 'events/s',
      target: { of: 'value', least: 12_000 },
      note: cost('many'),
    },
    {
      name: '2,000 in flight',
      value: rate('many'),
      unit: 'events/s',
      baseline: faster('function'),
      target: { of: 'ratio', least: 2.5 },
    },
    {
      name: 'stored function, 16 connections',
      value: rate('function, counter'),
      unit: 'awards/s',
      note: `positions by counter, ${cost('function, counter')}`,
    },
    {
      name: 'stored function, 16 connections',
      value: rate('function, sequence'),
      unit: 'awards/s',
      note: `positions by sequence, ${cost('function, sequence')}`,
    },
    {
      name: '500 users at once, p99',
      value: of('some', (result) => result.p99),
      unit: 'ms',
      target: { of: 'value', most: 100 },
      note: `at ${Math.round(rate('some')).toLocaleString('en-US')} events/s, p50 ${of('some', (result) => result.p50).toFixed(1)} ms`,
    },
    {
      name: 'one at a time, p50',
      value: of('one', (result) => result.p50),
      unit: 'ms',
      baseline: { name: 'bare one-row commit', value: commit },
      target: { of: 'ratio', most: 3 },
    },
    {
      name: 'one hot user, 500 in flight',
      value: rate('hot'),
      unit: 'events/s',
      baseline: faster('hot function'),
      target: { of: 'ratio', least: 10 },
      note: cost('hot'),
    },
  ];
}
