import { createLiveBoards, type LiveBoards } from '../../src/boards/index.ts';
import type { TestEngine } from './engine.ts';
import { quietLog } from './log.ts';

/** Position of the last thing in the log. */
export async function headOf({ test }: TestEngine): Promise<number> {
  const [row] = await test.owner.unsafe('select position::int as position from events.head');
  return Number(row?.['position']);
}

/** Boards as a process of their own has them that begins now, on the database of an engine. */
export async function openLiveBoards(engine: TestEngine): Promise<LiveBoards> {
  return createLiveBoards({
    database: engine.test.database,
    clock: engine.clock,
    log: quietLog,
    start: await headOf(engine),
    boards() {
      const { version, catalog } = engine.rulebook();
      return { version, timezone: catalog.timezone, boards: catalog.boards };
    },
    async accountOf(user) {
      const [row] = await engine.test.owner.unsafe('select account from users.person where id = $1', [user]);
      return row === undefined ? undefined : Number(row['account']);
    },
  });
}
