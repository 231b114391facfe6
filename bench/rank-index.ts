import { Members } from '../src/boards/members.ts';
import { createRankIndex, type RankIndex } from '../src/boards/rank-index.ts';
import type { Figure } from './section.ts';

const ENTRIES = 1_000_000;
const UPDATES = 1_000_000;
/** Calls timed one by one, for percentiles; the clock's own reading is within the figure. */
const SAMPLES = 100_000;

/**
 * The rank index at a million entries: two boards over one directory, scores of 0–99,999 so that some ten users tie.
 * Memory is heap and array buffers, after a collection when the
 * process runs with --expose-gc.
 */
export async function rankIndex(): Promise<readonly Figure[]> {
  const random = sequence(1);
  const measures: Figure[] = [];
  const note = (name: string, value: number, unit: string) => {
    measures.push({ name: `rank index: ${name}`, value, unit });
  };

  const bits = (count: number) => Math.floor(random() * 2 ** count);
  const accounts = Float64Array.from({ length: ENTRIES }, () => bits(21) * 2 ** 32 + bits(32));
  const users = Array.from({ length: ENTRIES }, (_, i) => `user-${i}`);
  const scores = Float64Array.from({ length: ENTRIES }, () => Math.floor(random() * 100_000));
  const reachedAt = Float64Array.from({ length: ENTRIES }, () => 1.79e12 + Math.floor(random() * 1e9));
  const columns = { accounts, users, scores, reachedAt };
  const someAccount = () => accounts[Math.floor(random() * ENTRIES)]!;

  const before = await memory();
  const members = new Members();
  const board = createRankIndex({ members, order: 'desc', ties: 'first' });
  note(
    'bulk load of 1M, new members',
    elapsed(() => board.load(columns, 1)),
    'ms',
  );
  const oneBoard = await memory();
  const second = createRankIndex({ members, order: 'desc', ties: 'dense' });
  note(
    'bulk load of 1M, known members',
    elapsed(() => second.load(columns, 1)),
    'ms',
  );
  const twoBoards = await memory();
  note('memory: directory and first board', oneBoard - before, 'MB');
  note('memory: second board', twoBoards - oneBoard, 'MB');

  for (const [ties, index] of [
    ['first', board],
    ['dense', second],
  ] as const) {
    const updating = elapsed(() => {
      for (let i = 0; i < UPDATES; i++) {
        const row = Math.floor(random() * ENTRIES);
        index.set(accounts[row]!, users[row]!, Math.floor(random() * 100_000), 1.8e12 + i, 2 + i);
      }
    });
    note(`updates, ${ties}`, UPDATES / (updating / 1e3), '1/s');
    const ranking = elapsed(() => {
      for (let i = 0; i < UPDATES; i++) index.rankOf(someAccount());
    });
    note(`rankOf, ${ties}`, UPDATES / (ranking / 1e3), '1/s');
    const reads: [string, (index: RankIndex) => unknown][] = [
      ['rankOf', (on) => on.rankOf(someAccount())],
      ['around(5)', (on) => on.around(someAccount(), 5)],
      ['page(random, 100)', (on) => on.page(Math.floor(random() * ENTRIES), 100)],
    ];
    for (const [name, read] of reads) {
      const { p50, p99 } = percentiles(() => read(index));
      note(`${name} p50, ${ties}`, p50, 'µs');
      note(`${name} p99, ${ties}`, p99, 'µs');
    }
  }
  note('memory: all, after 2M updates', (await memory()) - before, 'MB');
  note('memory: whole process', process.memoryUsage.rss() / 1e6, 'MB');
  return measures;
}

function elapsed(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

function percentiles(run: () => unknown): { p50: number; p99: number } {
  const nanoseconds = new Float64Array(SAMPLES);
  for (let i = 0; i < SAMPLES; i++) {
    const start = process.hrtime.bigint();
    run();
    nanoseconds[i] = Number(process.hrtime.bigint() - start);
  }
  nanoseconds.sort();
  return { p50: nanoseconds[SAMPLES / 2]! / 1e3, p99: nanoseconds[SAMPLES * 0.99]! / 1e3 };
}

async function memory(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}

/** mulberry32 (T. Ettinger, public domain): the same run every time. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
