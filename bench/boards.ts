import type { App } from '../src/app.ts';
import { BOARD_USERS, seedBoard } from './boards-seed.ts';
import { peakMemory, startChild } from './child.ts';
import { openConnection } from './http-client.ts';
import type { ServerOrder } from './http-server.ts';
import { type LoadResult, measured } from './load.ts';
import { median, sequence } from './numbers.ts';
import { rankInRedis } from './redis-rank.ts';
import type { BenchOptions, Figure } from './section.ts';
import { segments } from './segments.ts';
import { CATALOG, userName } from './traffic.ts';
import { ACTOR, openWorld, type World } from './world.ts';

/** Users asked about again and again: those who look at a board do so more than once. */
const REGULARS = 20_000;

/** A board of 1,000,000 users: built cold, asked in process and over HTTP. */
export async function boards({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const world = await openWorld();
  const reads = quick ? 20_000 : 100_000;
  try {
    await world.withApp((app) => app.engine.applyCatalog(CATALOG, ACTOR));
    await seedBoard(world);
    const builds: number[] = [];
    let inside: Inside | undefined;
    for (let round = 0; round < (quick ? 1 : 3); round += 1) {
      inside = await world.withApp(async (app) => {
        builds.push(await coldBuild(app));
        return askInside(app, reads);
      });
    }
    const peak = peakMemory();
    const overHttp = await askOverHttp(world, quick ? 5_000 : 20_000);
    const counted = await countInPostgres(world);
    const segmented = await segments(world, reads);
    const redis = await rankInRedis(BOARD_USERS, 20_000);
    if (inside === undefined) throw new Error('nothing was measured');
    return [
      { name: 'board of 1,000,000, cold build', value: median(builds) / 1_000, unit: 's', target: { of: 'value', most: 5 } },
      {
        name: 'rank, in process, p99',
        value: inside.rank.p99,
        unit: 'ms',
        baseline: { name: 'PostgreSQL count(*), p50', value: counted },
        target: { of: 'value', most: 0.1 },
        note: `p50 ${micros(inside.rank.p50)}`,
      },
      {
        name: 'rank and 5 around on each side, in process, p99',
        value: inside.around.p99,
        unit: 'ms',
        ...(redis === undefined ? {} : { baseline: { name: 'Redis ZREVRANK over loopback, p99', value: redis } }),
        target: { of: 'value', most: 0.1 },
        note: `p50 ${micros(inside.around.p50)}${redis === undefined ? '; no redis-server found to compare with' : ''}`,
      },
      {
        name: 'the same of a user not asked about before, p99',
        value: inside.strangers.p99,
        unit: 'ms',
        note: `p50 ${micros(inside.strangers.p50)}; the name is looked up first`,
      },
      {
        name: 'rank and around, over HTTP, p99',
        value: overHttp.answers.p99,
        unit: 'ms',
        target: { of: 'value', most: 3 },
        note: `any of 1,000,000 users, p50 ${overHttp.answers.p50.toFixed(2)} ms`,
      },
      {
        name: 'memory with the board, peak',
        value: Math.max(peak, overHttp.peak),
        unit: 'MB',
        target: { of: 'value', most: 500 },
      },
      ...segmented,
    ];
  } finally {
    await world.close();
  }
}

interface Inside {
  readonly rank: LoadResult;
  readonly around: LoadResult;
  readonly strangers: LoadResult;
}

async function coldBuild({ boards: live }: App): Promise<number> {
  const started = performance.now();
  const page = await live.page('commits', { period: 'current', offset: 0, limit: 10 });
  if (!page.ok || page.value.total !== BOARD_USERS) throw new Error('the board is not complete');
  return performance.now() - started;
}

async function askInside(app: App, reads: number): Promise<Inside> {
  const random = sequence(7);
  const ask = (around: number, users: number) => async (): Promise<void> => {
    const answer = await app.boards.around('commits', userName(random(users)), { period: 'current', around });
    if (!answer.ok) throw new Error(answer.fault);
  };
  await measured(8, 3 * REGULARS, ask(5, REGULARS));
  return {
    rank: await measured(1, reads, ask(0, REGULARS)),
    around: await measured(1, reads, ask(5, REGULARS)),
    strangers: await measured(1, Math.min(reads, 5_000), ask(5, BOARD_USERS)),
  };
}

async function askOverHttp(world: World, reads: number): Promise<{ readonly answers: LoadResult; readonly peak: number }> {
  const server = startChild('http-server', [world.directory]);
  try {
    const { url, token } = await server.receive<{ url: string; token: string }>();
    const connection = await openConnection(url, token);
    const random = sequence(11);
    const ask = async (): Promise<void> => {
      const { status } = await connection.request('GET', `/v1/boards/commits/users/${userName(random(BOARD_USERS))}?around=5`);
      if (status !== 200) throw new Error(`answered ${status}`);
    };
    await measured(1, 2_000, ask);
    const answers = await measured(1, reads, ask);
    connection.close();
    const { peak } = await server.ask<{ peak: number }>({ ask: 'memory' } satisfies ServerOrder);
    return { answers, peak };
  } finally {
    await server.stop();
  }
}

/** p50 in milliseconds of how a rank is asked for without an index that counts. */
async function countInPostgres(world: World): Promise<number> {
  const random = sequence(13);
  return world.withConnections(1, async (sql) => {
    const ask = () => sql`
      select count(*) + 1 as rank from boards.score
      where board = 'commits' and period = 'all'
        and score > (select s.score from boards.score s join users.person p using (account)
          where p.id = ${userName(random(BOARD_USERS))} and s.board = 'commits' and s.period = 'all' limit 1)`;
    await ask();
    return (await measured(1, 7, ask)).p50;
  });
}

function micros(ms: number): string {
  return `${(ms * 1_000).toFixed(1)} µs`;
}
