import { createReports, type Reports } from '../../src/reports/index.ts';
import { ADMIN, createTestEngine, type TestEngine } from './engine.ts';

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
  /** Of points, by an admin; must not be refused. */
  transfer(command: object): Promise<void>;
}

/** An engine to make something happen, and the reports on it. */
export async function createTestReports(catalog = PLAIN): Promise<TestReports> {
  const engine = await createTestEngine(catalog);
  const [row] = await engine.test.owner<{ key: string }[]>`select encode(digest_key, 'hex') as key from platform.installation`;
  const { clock, rulebook, draft } = engine;
  const freshReports = (): Reports =>
    createReports({ database: engine.test.database, digestKey: row?.key ?? '', rulebook, draft, clock });
  return {
    ...engine,
    reports: freshReports(),
    freshReports,
    async transfer(command) {
      const outcome = await engine.engine.transfer({ currency: 'points', ...command }, ADMIN);
      if (!outcome.ok) throw new Error(outcome.refusal.message);
    },
  };
}
