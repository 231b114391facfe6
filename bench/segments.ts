import type { App } from '../src/app.ts';
import { BOARD_USERS } from './boards-seed.ts';
import { type LoadResult, measured } from './load.ts';
import { sequence } from './numbers.ts';
import type { Figure } from './section.ts';
import { CATALOG, userName } from './traffic.ts';
import { ACTOR, type World } from './world.ts';

const SEGMENTED = CATALOG.replace(
  '{ id: commits, metric: commits }',
  '{ id: commits, metric: commits, by: user.attributes.country }',
);
const COUNTRIES = 100;
const FRIENDS = 100;

/** The same board with segments, of 10,000 users each, and users among each other. */
export async function segments(world: World, reads: number): Promise<readonly Figure[]> {
  await world.withApp((app) => app.engine.applyCatalog(SEGMENTED, ACTOR));
  await world.withConnections(1, (sql) =>
    sql.unsafe(`update boards.score set segment = 'C' || account % ${COUNTRIES} where board = 'commits'`),
  );
  await world.settle();
  return world.withApp(async (app) => {
    const built = performance.now();
    await page(app, undefined, 0);
    const cold = performance.now() - built;
    const asked = performance.now();
    await page(app, 'C0', 0);
    const first = performance.now() - asked;
    const pages = await measured(1, reads, anyPage(app));
    const among = await measured(1, Math.min(reads, 20_000), friends(app));
    return [
      {
        name: 'board of 1,000,000 with 100 segments, cold build',
        value: cold / 1_000,
        unit: 's',
        target: { of: 'value', most: 5 },
      },
      {
        name: 'very first page of any segment',
        value: first,
        unit: 'ms',
        note: 'all segments are picked out of all entries',
      },
      of('page of a segment, in process, p99', pages, 2),
      of(`${FRIENDS} users among each other, in process, p99`, among, 2),
    ];
  });
}

function of(name: string, { p50, p99 }: LoadResult, most: number): Figure {
  return { name, value: p99, unit: 'ms', target: { of: 'value', most }, note: `p50 ${(p50 * 1_000).toFixed(1)} µs` };
}

async function page({ boards }: App, segment: string | undefined, offset: number): Promise<void> {
  const query = { period: 'current', offset, limit: 10, ...(segment === undefined ? {} : { segment }) };
  const answer = await boards.page('commits', query);
  if (!answer.ok || answer.value.entries.length !== 10) throw new Error('the page is not full');
}

function anyPage(app: App): () => Promise<void> {
  const random = sequence(17);
  return () => page(app, `C${random(COUNTRIES)}`, random(BOARD_USERS / COUNTRIES - 10));
}

function friends({ boards }: App): () => Promise<void> {
  const random = sequence(19);
  return async () => {
    const users = Array.from({ length: FRIENDS }, () => userName(random(BOARD_USERS)));
    const answer = await boards.among('commits', users, { period: 'current' });
    if (!answer.ok || answer.value.missing.length > 0) throw new Error('somebody is missing');
  };
}
