import type { App } from '../src/app.ts';
import { accept } from './load.ts';
import { CATALOG, USERS, userName } from './traffic.ts';
import { ACTOR } from './world.ts';

const AT_ONCE = 1_000;
const UNDER_WAY = 4;

/** Puts the catalog in force and gives every user a first event. */
export async function seedUsers(app: App, catalog = CATALOG): Promise<void> {
  const applied = await app.engine.applyCatalog(catalog, ACTOR);
  if (!applied.ok) throw new Error(`the catalog has faults: ${JSON.stringify(applied.faults)}`);
  let next = 0;
  const sender = async (): Promise<void> => {
    while (next < USERS) {
      const from = next;
      next += AT_ONCE;
      const events = Array.from({ length: AT_ONCE }, (_, i) => ({
        id: `seed-${from + i}`,
        type: 'code.commit',
        user: userName(from + i),
        data: { repo: 'diana', files: 1 },
      }));
      accept(await app.engine.submit(events, ACTOR));
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, sender));
}
