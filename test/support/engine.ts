import { type Actor } from '../../src/access/index.ts';
import {
  type Catalogs,
  createEngine,
  createCatalogs,
  type Engine,
  type EventResult,
  type Rulebook,
} from '../../src/engine/index.ts';
import { createIds } from '../../src/kernel/ids.ts';
import type { Clock } from '../../src/kernel/ports.ts';
import { systemRandomness } from '../../src/platform/randomness.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { quietLog } from './log.ts';
import { SILENT } from './observer.ts';

/** A clock that stands until it is moved. */
export interface TestClock extends Clock {
  set(time: string): void;
}

export const ADMIN: Actor = { id: 'key_test', role: 'admin', account: null };
export const SERVICE: Actor = { id: 'key_service', role: 'service', account: null };

export interface TestEngine {
  readonly engine: Engine;
  readonly test: TestDatabase;
  readonly clock: TestClock;
  /** The catalog that `engine` works by. */
  rulebook(): Rulebook;
  /** A catalog that may be applied, as `plan` arranges it. */
  readonly draft: Catalogs['draft'];
  /** Another engine on the same database, as another process would be. */
  another(): Promise<Engine>;
  submit(events: readonly unknown[], actor?: Actor): Promise<readonly EventResult[]>;
  close(): Promise<void>;
}

export async function createTestEngine(
  catalog: string,
  options: { lanes?: number; maxBatch?: number; capacity?: number } = {},
): Promise<TestEngine> {
  const test = await createTestDatabase();
  let now = Date.parse('2026-11-21T12:00:00Z');
  const clock: TestClock = {
    now: () => now,
    set(time) {
      now = Date.parse(time);
    },
  };
  const build = async (): Promise<{
    readonly engine: Engine;
    readonly rulebook: () => Rulebook;
    readonly draft: Catalogs['draft'];
  }> => {
    const database = test.open();
    const catalogs = await createCatalogs(database, clock, quietLog);
    const [installation] = await database.read<{ key: string }>(
      `select encode(digest_key, 'hex') as key from platform.installation`,
    );
    const engine = createEngine({
      database,
      catalogs,
      clock,
      randomness: systemRandomness,
      ids: createIds(clock, systemRandomness),
      log: quietLog,
      digestKey: installation?.key ?? '',
      lanes: options.lanes ?? 2,
      maxBatch: options.maxBatch ?? 500,
      capacity: options.capacity ?? 20_000,
      observer: SILENT,
      onCommit: () => undefined,
      onPosition: () => 0,
    });
    return { engine, rulebook: catalogs.current, draft: catalogs.draft };
  };
  const { engine, rulebook, draft } = await build();
  const applied = await engine.applyCatalog(catalog, ADMIN);
  if (!applied.ok) throw new Error(JSON.stringify(applied.faults));
  return {
    engine,
    test,
    clock,
    rulebook,
    draft,
    another: async () => (await build()).engine,
    submit: (events, actor = SERVICE) => engine.submit(events, actor),
    async close() {
      await engine.drain();
      await test.drop();
    },
  };
}
