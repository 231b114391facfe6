import { measured } from './load.ts';
import type { World } from './world.ts';

/** p50 in milliseconds of the least durable write there is: one row, one commit, one connection. */
export async function bareCommit(world: World, commits: number): Promise<number> {
  return world.withConnections(1, async (sql) => {
    await sql`create table if not exists bench.row (id bigint generated always as identity primary key, value integer)`;
    const { p50 } = await measured(1, commits, () => sql`insert into bench.row (value) values (1)`);
    return p50;
  });
}
