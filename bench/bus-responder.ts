import { openApp } from '../src/app.ts';
import { createLog } from '../src/platform/log.ts';
import { tellParent } from './child.ts';
import { MIGRATIONS } from './world.ts';

/** Another service, in a process of its own on the database of the directory given: answers each ping with a pong. */
async function respond(directory: string): Promise<void> {
  const app = await openApp({
    config: {
      databaseUrl: null,
      dataDirectory: directory,
      queue: 100_000,
      databaseTimeout: 30_000,
      redisUrl: null,
      webhookPrivate: false,
    },
    mode: 'attach-or-own',
    migrations: MIGRATIONS,
    log: createLog('warn'),
    housekeeping: false,
  });
  await app.bus.subscribe(
    'ping.sent',
    ({ user, data, correlationId, id }, tx) =>
      app.bus.publish(tx, { type: 'pong.sent', user, data, correlationId, causationId: id }),
    { name: 'responder' },
  );
  process.once('disconnect', () => void app.close().then(() => process.exit(0)));
  tellParent({ ready: true });
}

await respond(process.argv[2] ?? '');
