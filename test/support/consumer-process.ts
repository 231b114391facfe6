import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { createBus } from '../../src/bus/index.ts';
import { createCatalogs, createEngine } from '../../src/engine/index.ts';
import { createIds } from '../../src/kernel/ids.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createCourier } from '../../src/platform/courier.ts';
import { type ManagedDatabase, openDatabase } from '../../src/platform/postgres/database.ts';
import { SERVICE_ROLE } from '../../src/platform/postgres/migrate.ts';
import { systemRandomness } from '../../src/platform/randomness.ts';
import { quietLog } from './log.ts';
import { SILENT } from './observer.ts';

/**
 * A process that handles `job.*`: `node consumer-process.mjs <settings as JSON>`. Its handler writes one row a call into
 * `app.effect (position, event, "user", worker)`, which nothing keeps unique. It says `ready` once it is loaded, and
 * begins when it reads `go`; `taken`, when its first event comes. In the handler of an event whose data say `hold` it
 * says `written` behind its row, and goes on when it reads `continue`. It ends with its standard input.
 */
export interface ConsumerSettings {
  readonly url: string;
  readonly name: string;
  readonly transaction: 'batch' | 'each';
  /** Milliseconds. */
  readonly lease: number;
  /** Where it ends itself by SIGKILL: behind its n-th row and before that is committed, or right behind the n-th commit that had rows. */
  readonly dies: { readonly behind: 'row' | 'commit'; readonly n: number } | null;
}

const settings = JSON.parse(process.argv[2] ?? '{}') as ConsumerSettings;
const worker = randomUUID();
const waiting = new Map<string, () => void>();
const input = createInterface({ input: process.stdin });
input.on('line', (line) => waiting.get(line)?.());
input.on('close', () => process.exit(0));
const heard = (word: string): Promise<void> => new Promise((resolve) => waiting.set(word, resolve));
const say = (word: string): void => void process.stdout.write(`${word}\n`);

let rows = 0;
let commits = 0;
/** Rows that the transaction at hand has written: several are open at once. */
const ofTransaction = new AsyncLocalStorage<{ rows: number }>();

function dieBehind(what: 'row' | 'commit', n: number): void {
  if (settings.dies?.behind === what && settings.dies.n === n) process.kill(process.pid, 'SIGKILL');
}

/** The same, but that it may die right behind a commit. */
function mortal(database: ManagedDatabase): ManagedDatabase {
  return {
    ...database,
    transaction: (work) =>
      ofTransaction.run({ rows: 0 }, async () => {
        const result = await database.transaction(work);
        if ((ofTransaction.getStore()?.rows ?? 0) > 0) dieBehind('commit', (commits += 1));
        return result;
      }),
  };
}

const ready = heard('go');
say('ready');
await ready;

const database = openDatabase({
  target: { url: settings.url },
  role: SERVICE_ROLE,
  connections: 4,
  timeout: 10_000,
  log: quietLog,
});
const catalogs = await createCatalogs(database, systemClock, quietLog);
const engine = createEngine({
  database,
  catalogs,
  clock: systemClock,
  randomness: systemRandomness,
  ids: createIds(systemClock, systemRandomness),
  log: quietLog,
  digestKey: '',
  lanes: 1,
  maxBatch: 1,
  capacity: 1,
  observer: SILENT,
  onCommit: () => undefined,
  onPosition: () => 0,
});
const bus = createBus({
  database: mortal(database),
  publisher: engine.publisher,
  pastRaces: engine.pastRaces,
  clock: systemClock,
  randomness: systemRandomness,
  log: quietLog,
  courier: createCourier({ allowPrivate: false }),
  streams: null,
  worker,
  epoch: '',
  findAccount: () => Promise.resolve(undefined),
  flows: () => [],
  fence: () => catalogs.current().version,
  delivers: false,
  lease: settings.lease,
});
await bus.subscribe(
  'job.*',
  async (event, tx) => {
    if (rows === 0) say('taken');
    await tx.query('insert into app.effect (position, event, "user", worker) values ($1, $2, $3, $4)', [
      event.position,
      event.id,
      event.user,
      worker,
    ]);
    const own = ofTransaction.getStore();
    if (own !== undefined) own.rows += 1;
    dieBehind('row', (rows += 1));
    if (event.data['hold'] !== true) return;
    const goOn = heard('continue');
    say('written');
    await goOn;
  },
  {
    name: settings.name,
    from: 'beginning',
    transaction: settings.transaction,
    concurrency: settings.transaction === 'each' ? 4 : 1,
  },
);
