import { createLiveBoards } from '../../src/boards/index.ts';
import { createReports, type Reports, type ReportsOptions } from '../../src/reports/index.ts';
import { ADMIN, createTestEngine, type TestEngine } from './engine.ts';
import { quietLog } from './log.ts';

const PLAIN = `
diana: 1
name: test
currencies: { points: { name: Points }, gems: { name: Gems } }
metrics:
  wins: { count: quiz.won }
  earned: { earned: points }
rules:
  - { id: quiz, on: quiz.won, award: { points: 10 }, limit: { max: 2, per: day } }
  - { id: find, on: gem.found, award: { gems: 1 } }
boards:
  - { id: weekly, metric: earned, period: week }
`;

export interface TestReports extends TestEngine {
  readonly reports: Reports;
  /** Reports of a process that has not answered anything yet. */
  freshReports(): Reports;
  /** Reports beside rank indexes that say something else. */
  reportsWith(boards: ReportsOptions['boards']): Reports;
  /** Of points, by an admin; must not be refused. */
  transfer(command: object): Promise<void>;
}

/** An engine to make something happen, and the reports on it. */
export async function createTestReports(catalog = PLAIN): Promise<TestReports> {
  const engine = await createTestEngine(catalog);
  const [row] = await engine.test.owner<{ key: string }[]>`select encode(digest_key, 'hex') as key from platform.installation`;
  const { clock, rulebook, draft } = engine;
  const { database } = engine.test;
  const reportsWith = (boards: ReportsOptions['boards']): Reports =>
    createReports({ database, digestKey: row?.key ?? '', rulebook, draft, clock, boards });
  const freshReports = (): Reports => {
    const boards = createLiveBoards({
      database,
      clock,
      log: quietLog,
      start: 0,
      boards() {
        const { version, catalog } = rulebook();
        return { version, timezone: catalog.timezone, boards: catalog.boards };
      },
      async accountOf(user) {
        const [person] = await engine.test.owner<{ account: string }[]>`select account from users.person where id = ${user}`;
        return person === undefined ? undefined : Number(person.account);
      },
    });
    return reportsWith(boards);
  };
  return {
    ...engine,
    reports: freshReports(),
    freshReports,
    reportsWith,
    async transfer(command) {
      const outcome = await engine.engine.transfer({ currency: 'points', ...command }, ADMIN);
      if (!outcome.ok) throw new Error(outcome.refusal.message);
    },
  };
}
