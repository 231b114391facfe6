import { randomUUID } from 'node:crypto';
import { type Bus, type BusOptions, createBus, eraseFromBus } from '../../src/bus/index.ts';
import { createCatalogs, createEngine, type Engine, type Insides } from '../../src/engine/index.ts';
import { keyedDigest } from '../../src/kernel/digest.ts';
import { createIds } from '../../src/kernel/ids.ts';
import type { ManagedDatabase } from '../../src/platform/postgres/database.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createCourier } from '../../src/platform/courier.ts';
import { systemRandomness } from '../../src/platform/randomness.ts';
import { createDirectory } from '../../src/users/index.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { ADMIN, SERVICE } from './engine.ts';
import { quietLog } from './log.ts';
import { SILENT } from './observer.ts';

export const CATALOG = `
diana: 1
name: bus
currencies: { points: { name: Points } }
rules:
  - { id: win, on: game.won, award: { points: 10 } }
`;

/** One process: an engine and a bus. */
export interface BusProcess {
  readonly bus: Bus;
  readonly engine: Engine & Insides;
  readonly database: ManagedDatabase;
  submit(events: readonly object[]): Promise<void>;
  erase(user: string): Promise<void>;
  close(): Promise<void>;
}

export interface BusBench {
  readonly test: TestDatabase;
  /** Another process on the same database. */
  open(options?: Partial<BusOptions>): Promise<BusProcess>;
  close(): Promise<void>;
}

export async function createBusBench(catalog = CATALOG): Promise<BusBench> {
  const test = await createTestDatabase();
  const processes: BusProcess[] = [];
  let isNew = true;
  return {
    test,
    async open(options = {}) {
      const opened = await openBus(test, options);
      processes.push(opened);
      if (isNew) {
        isNew = false;
        const applied = await opened.engine.applyCatalog(catalog, ADMIN);
        if (!applied.ok) throw new Error(JSON.stringify(applied.faults));
      }
      return opened;
    },
    async close() {
      for (const one of processes) await one.close();
      await test.drop();
    },
  };
}

async function openBus(test: TestDatabase, options: Partial<BusOptions>): Promise<BusProcess> {
  const database = test.open();
  const clock = options.clock ?? systemClock;
  const catalogs = await createCatalogs(database, clock, quietLog);
  const [installation] = await database.read<{ key: string; epoch: string }>(
    `select encode(digest_key, 'hex') as key, epoch from platform.installation`,
  );
  const digestKey = installation?.key ?? '';
  const engine = createEngine({
    database,
    catalogs,
    clock,
    randomness: systemRandomness,
    ids: createIds(clock, systemRandomness),
    log: quietLog,
    digestKey,
    lanes: 2,
    maxBatch: 500,
    capacity: 20_000,
    observer: SILENT,
    onCommit({ logged }) {
      if (logged !== null) bus.committed(logged);
    },
    onPosition: () => 0,
    onErase: eraseFromBus,
  });
  const bus = createBus({
    database: test.open(),
    publisher: engine.publisher,
    pastRaces: engine.pastRaces,
    clock,
    randomness: systemRandomness,
    log: quietLog,
    courier: createCourier({ allowPrivate: true }),
    streams: null,
    worker: randomUUID(),
    epoch: installation?.epoch ?? '',
    findAccount: createDirectory(database, (user) => keyedDigest(digestKey, ['user', user])).accountOf,
    flows: () => catalogs.current().catalog.flows,
    fence: () => catalogs.current().version,
    delivers: true,
    ...options,
  });
  let isOpen = true;
  return {
    bus,
    engine,
    database,
    async submit(events) {
      for (let at = 0; at < events.length; at += 1_000) {
        const results = await engine.submit(events.slice(at, at + 1_000), SERVICE);
        const refused = results.find(({ status }) => status === 'refused');
        if (refused !== undefined) throw new Error(JSON.stringify(refused));
      }
    },
    async erase(user) {
      const outcome = await engine.eraseUser(user, null, ADMIN);
      if (outcome.ok) bus.forget(outcome.value.account);
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await engine.drain();
      await bus.close();
    },
  };
}

/** Waits until something holds; fails with what it was last. */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
  holds: (value: T) => boolean,
  within = 15_000,
): Promise<T> {
  const deadline = Date.now() + within;
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`${what}: not within ${within} ms; last seen: ${JSON.stringify(value)?.slice(0, 2_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
