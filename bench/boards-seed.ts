import type { World } from './world.ts';

export const BOARD_USERS = 1_000_000;

/**
 * A million users with a score each on the board `commits`, in bulk: scores of 0–99,999, so that some ten users tie.
 * Digests are made as the engine makes them, so that users are found by name.
 */
export async function seedBoard(world: World): Promise<void> {
  await world.withConnections(1, async (sql) => {
    await sql.unsafe(`
      insert into users.person (account, digest, id, created_at)
      select n * 1000003::bigint + 17, left(encode(sha256(convert_to(
          (select encode(digest_key, 'hex') from platform.installation) || '4:user' || length('user-' || n) || ':user-' || n, 'UTF8')), 'hex'), 32)::uuid,
        'user-' || n, now()
      from generate_series(0, ${BOARD_USERS - 1}) n`);
    await sql.unsafe(`
      insert into boards.score (account, board, period, score, reached_at)
      select n * 1000003::bigint + 17, 'commits', 'all', (n * 7919::bigint + n / 13) % 100000, now() - n * interval '1 second'
      from generate_series(0, ${BOARD_USERS - 1}) n order by (n * 48271::bigint) % 1000003`);
  });
  await world.settle();
}
