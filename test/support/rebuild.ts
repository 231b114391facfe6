import { createCatalogs } from '../../src/engine/catalogs.ts';
import { checkRebuild, type RebuildReport } from '../../src/engine/history/rebuild.ts';
import type { TestEngine } from './engine.ts';
import { quietLog } from './log.ts';

/** Everything that is derived, folded from the log again and held against what is kept. */
export async function rebuildReport({ test: { database }, clock }: TestEngine): Promise<RebuildReport> {
  const catalogs = await createCatalogs(database, clock, quietLog);
  return database.snapshot((tx) => checkRebuild(database, tx, catalogs.current(), catalogs.rulebooks, () => undefined));
}
