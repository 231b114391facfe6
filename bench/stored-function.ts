import { randomUUID } from 'node:crypto';
import { keyedDigest } from '../src/kernel/digest.ts';
import { type LoadResult, measured } from './load.ts';
import { sequence } from './numbers.ts';
import { STORED_FUNCTION } from './stored-function.sql.ts';
import { USERS, userName } from './traffic.ts';
import type { World } from './world.ts';

const CONNECTIONS = 16;

export async function installStoredFunction(world: World): Promise<void> {
  await world.withConnections(1, (sql) => sql.unsafe(STORED_FUNCTION));
}

/**
 * One call of the stored function per award, on 16 connections, each its own transaction. `positions: 'sequence'`
 * spares it the wait for the counter row; `oneUser`: all of them for the same user.
 */
export async function loadStoredFunction(
  world: World,
  awards: number,
  options: { readonly positions: 'counter' | 'sequence'; readonly oneUser: boolean },
): Promise<LoadResult> {
  const fromSequence = options.positions === 'sequence';
  return world.withConnections(CONNECTIONS, async (sql) => {
    const [installation] = await sql<{ key: string }[]>`select encode(digest_key, 'hex') as key from platform.installation`;
    const digestOf = (n: number): string => keyedDigest(installation?.key ?? '', ['user', userName(n)]);
    const digests = options.oneUser ? [digestOf(0)] : Array.from({ length: USERS }, (_, n) => digestOf(n));
    const random = sequence(awards);
    // Every connection has its plans before the clock starts.
    await Promise.all(
      Array.from({ length: CONNECTIONS * 8 }, () => sql`select pg_sleep(0.002), digest from users.person limit 1`),
    );
    // What the sequence gives out is taken from the counter beforehand, so that positions stay dense.
    if (fromSequence) {
      await sql`select setval('bench.position', position + 1, false) from events.head`;
      await sql`update events.head set position = position + ${2 * awards}`;
    }
    const at = fromSequence ? sql`nextval('bench.position')` : sql`null`;
    return measured(CONNECTIONS, awards, () => {
      const who = digests[random(digests.length)] ?? '';
      const identity = randomUUID();
      return sql`select bench.award(${who}, ${identity}, ${identity}, ${identity}, ${at})`;
    });
  });
}
