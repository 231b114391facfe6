import { type Closings, createClosings } from '../../src/boards/index.ts';
import { checkRebuild, createCatalogs, type Engine } from '../../src/engine/index.ts';
import { verifyLedger } from '../../src/ledger/index.ts';
import { createTestEngine, type TestEngine } from './engine.ts';
import { quietLog } from './log.ts';

/** An engine whose boards close, and what tests of that ask. */
export interface ClosingWorld extends TestEngine {
  readonly closings: Closings;
  /** Counts steps of a user, and answers what was skipped: `board code`. */
  step(user: string, n: number, time?: string): Promise<readonly string[]>;
  /** Does all that is due now, the engines beside one another. */
  run(...engines: readonly Engine[]): Promise<void>;
  rows(statement: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** `rank user score reward` of every place of the closed periods of a board, by period. */
  frozen(board: string): Promise<Readonly<Record<string, readonly string[]>>>;
  /** Points by user, of those who have any. */
  balances(): Promise<Readonly<Record<string, number>>>;
  /** Data of all facts of a type, in order. */
  facts(type: string): Promise<readonly unknown[]>;
  /** Rejects unless the ledger holds, and everything derived is what the log bears out. */
  prove(): Promise<void>;
}

export const closingCatalog = (boards: string, timezone = 'UTC'): string => `
diana: 1
name: closing
timezone: ${timezone}
currencies: { points: { name: Points } }
metrics:
  steps: { sum: event.data.n, on: walk.step }
  earned: { earned: points }
boards:
${boards}`;

export async function openClosing(boards: string, timezone?: string): Promise<ClosingWorld> {
  const world = await createTestEngine(closingCatalog(boards, timezone));
  await world.engine.tendBoards();
  let ids = 0;
  const rows = async (statement: string): Promise<readonly Readonly<Record<string, unknown>>[]> => [
    ...(await world.test.owner.unsafe(statement)),
  ];
  return {
    ...world,
    closings: createClosings({
      database: world.test.database,
      clock: world.clock,
      boards: () => {
        const { catalog, boardsSince } = world.rulebook();
        return { timezone: catalog.timezone, boards: catalog.boards, since: boardsSince };
      },
      async accountOf(user) {
        const [person] = await rows(`select account from users.person where id = '${user}'`);
        return person === undefined ? undefined : Number(person['account']);
      },
    }),
    async step(user, n, time) {
      const event = { id: `s${(ids += 1)}`, type: 'walk.step', user, data: { n }, ...(time === undefined ? {} : { time }) };
      const [result] = await world.submit([event]);
      if (result === undefined || result.status === 'refused') throw new Error(JSON.stringify(result));
      return result.skipped.map(({ board, code }) => `${board ?? ''} ${code}`);
    },
    async run(...engines) {
      const all = engines.length === 0 ? [world.engine] : engines;
      for (const engine of all) await engine.tendBoards();
      for (let done = [1]; done.some((count) => count > 0); ) done = await Promise.all(all.map((one) => one.runDueTimers()));
    },
    rows,
    async frozen(board) {
      const found: Record<string, string[]> = {};
      const standing = `select period, concat_ws(' ', rank, id, score, award->>'points') as line
        from boards.standing join users.person using (account) where board = '${board}' order by period, place`;
      for (const row of await rows(standing)) (found[String(row['period'])] ??= []).push(String(row['line']));
      return found;
    },
    async balances() {
      const held = await rows('select id, available from ledger.account join users.person using (account) order by id');
      return Object.fromEntries(held.map((row) => [String(row['id']), Number(row['available'])]));
    },
    async prove() {
      const { database } = world.test;
      const catalogs = await createCatalogs(database, world.clock, quietLog);
      const rebuilt = await database.snapshot((tx) =>
        checkRebuild(database, tx, catalogs.current(), catalogs.rulebooks, () => undefined),
      );
      const verified = await verifyLedger(database, { now: world.clock.now });
      if (!rebuilt.ok || !verified.ok) throw new Error(JSON.stringify({ rebuilt: rebuilt.first, verified: verified.faults }));
    },
    facts: async (type) =>
      (await rows(`select data from events.log where type = '${type}' order by position`)).map((row) => row['data']),
  };
}
