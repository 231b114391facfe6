import { tellParent } from './child.ts';
import { openBeside } from './world.ts';

/** Another service, in a process of its own on the database of the directory given: answers each ping with a pong. */
async function respond(directory: string, name: string): Promise<void> {
  const app = await openBeside(directory);
  await app.bus.subscribe(
    'ping.sent',
    ({ user, data, correlationId, id }, tx) =>
      app.bus.publish(tx, { type: 'pong.sent', user, data, correlationId, causationId: id }),
    { name },
  );
  process.once('disconnect', () => void app.close().then(() => process.exit(0)));
  tellParent({ ready: true });
}

await respond(process.argv[2] ?? '', process.argv[3] ?? 'responder');
