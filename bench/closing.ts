import { accept } from './load.ts';
import { quantile, sequence } from './numbers.ts';
import type { BenchOptions, Figure } from './section.ts';
import { ACTOR, openWorld, type World } from './world.ts';

const USERS = 100_000;
const REWARDS = 1_000;
/** How long the season still runs once everything is there: longer than it takes to arm its timer. Milliseconds. */
const LEAD = 3_000;
/** Events under way beside the closing. */
const IN_FLIGHT = 50;

const catalog = (closesAt: number): string => `
diana: 1
name: bench-closing
currencies: { points: { name: Points } }
metrics:
  steps: { sum: event.data.n, on: walk.step }
  commits: { count: code.commit }
rules:
  - { id: commit, on: code.commit, award: { points: 10 } }
boards:
  - id: race
    metric: steps
    period: { seasons: [{ name: race, from: 2020-01-01, to: ${new Date(closesAt).toISOString()} }] }
    rewards: [{ rank: 1, award: { points: 500 } }, { ranks: 2-${REWARDS}, award: { points: 100 } }]
  - { id: commits, metric: commits, period: week }
`;

/** A season of 100,000 users ends and 1,000 of them are paid, while events of others go on. */
export async function closing({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const world = await openWorld();
  try {
    const alone = await world.withApp(async (app) => {
      await app.engine.applyCatalog(catalog(Date.now() + 3_600_000), ACTOR);
      return intakeFor(app, quick ? 1_000 : 3_000);
    });
    await seed(world);
    const beside = await world.withApp((app) => closeBeside(app));
    return [
      {
        name: 'season of 100,000 closed, 1,000 rewards paid, events beside',
        value: beside.seconds,
        unit: 's',
        target: { of: 'value', most: 10 },
        note: `frozen after ${beside.frozen.toFixed(2)} s`,
      },
      {
        name: 'events beside it, 50 in flight',
        value: beside.rate,
        unit: 'events/s',
        baseline: { name: 'without', value: alone.rate },
        target: { of: 'ratio', least: 0.2 },
        note: `p99 ${beside.p99.toFixed(0)} ms, without ${alone.p99.toFixed(0)} ms`,
      },
      { name: 'longest wait of an event beside it', value: beside.longest, unit: 'ms', target: { of: 'value', most: 1_000 } },
    ];
  } finally {
    await world.close();
  }
}

interface Intake {
  readonly rate: number;
  /** Milliseconds. */
  readonly p99: number;
  readonly longest: number;
}

type App = Parameters<Parameters<World['withApp']>[0]>[0];

/** Events of other users, one after the other in each of the lanes of asking, as long as `isOver` says no. */
async function intake(app: App, isOver: () => boolean): Promise<Intake> {
  const random = sequence(17);
  const waits: number[] = [];
  const asker = async (): Promise<void> => {
    while (!isOver()) {
      const asked = performance.now();
      accept(await app.engine.submit([{ type: 'code.commit', user: `other-${random(10_000)}`, data: {} }], ACTOR));
      waits.push(performance.now() - asked);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: IN_FLIGHT }, asker));
  const sorted = Float64Array.from(waits).toSorted();
  return {
    rate: waits.length / ((performance.now() - started) / 1_000),
    p99: quantile(sorted, 0.99),
    longest: sorted.at(-1) ?? Number.NaN,
  };
}

function intakeFor(app: App, milliseconds: number): Promise<Intake> {
  const until = performance.now() + milliseconds;
  return intake(app, () => performance.now() > until);
}

async function closeBeside(app: App): Promise<Intake & { readonly seconds: number; readonly frozen: number }> {
  const closesAt = Date.now() + LEAD;
  const applied = await app.engine.applyCatalog(catalog(closesAt), ACTOR);
  if (!applied.ok) throw new Error(JSON.stringify(applied.faults));
  await app.engine.tendBoards();
  await new Promise((resolve) => setTimeout(resolve, closesAt - Date.now()));
  let isOver = false;
  const events = intake(app, () => isOver);
  const started = performance.now();
  let frozen = Number.NaN;
  for (;;) {
    const done = await app.engine.runDueTimers();
    if (performance.now() - started > 120_000) throw new Error('the season did not close');
    const [state] = await app.database.read<{ state: string; waiting: number }>(
      `select state, (select count(*) from timers.timer where kind = 'board.place') as waiting from boards.closing`,
    );
    if (state?.state === 'closed' && Number.isNaN(frozen)) frozen = (performance.now() - started) / 1_000;
    if (state?.state === 'closed' && state.waiting === 0 && done === 0) break;
  }
  const seconds = (performance.now() - started) / 1_000;
  isOver = true;
  const [paid] = await app.database.read<{ count: number }>(
    `select count(*) as count from ledger.transfer where rule like 'board:race:%'`,
  );
  if (paid?.count !== REWARDS) throw new Error(`${paid?.count} rewards were paid`);
  return { ...(await events), seconds, frozen };
}

/** People with a hot row and a score each, in bulk, as the engine would have written them. */
async function seed(world: World): Promise<void> {
  await world.withConnections(1, async (sql) => {
    await sql.unsafe(`
      insert into users.person (account, digest, id, created_at)
      select n * 1000003::bigint + 17, left(encode(sha256(convert_to(
          (select encode(digest_key, 'hex') from platform.installation) || '4:user' || length('user-' || n) || ':user-' || n, 'UTF8')), 'hex'), 32)::uuid,
        'user-' || n, now()
      from generate_series(0, ${USERS - 1}) n`);
    await sql.unsafe(`
      insert into engine.account (account, state) select n * 1000003::bigint + 17, '{"metrics":{}}' from generate_series(0, ${USERS - 1}) n`);
    await sql.unsafe(`
      insert into boards.score (account, board, period, score, reached_at)
      select n * 1000003::bigint + 17, 'race', 'race', (n * 7919::bigint + n / 13) % 10000, now() - n * interval '1 second'
      from generate_series(0, ${USERS - 1}) n order by (n * 48271::bigint) % 1000003`);
  });
  await world.settle();
}
