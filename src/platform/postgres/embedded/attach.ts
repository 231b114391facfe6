import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedError, hasErrorCode } from './failure.ts';
import { type Claim, isHeld } from './ownership.ts';
import { socketPath } from './socket-directory.ts';

/**
 * How other processes find a running server: its owner writes `<data>/server.json` once the server accepts connections.
 * It counts only with the number of the living claim, so that one left by a killed owner misleads nobody.
 */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

interface Advertisement {
  readonly claim: number;
  readonly connection: Connection;
}

/** An owner may be preparing a new database or replaying its log after a crash. */
const attachPatienceMs = 60_000;

function advertisementPath(dataDirectory: string): string {
  return join(dataDirectory, 'server.json');
}

export async function advertise(dataDirectory: string, claim: number, connection: Connection): Promise<void> {
  const path = advertisementPath(dataDirectory);
  await writeFile(`${path}.new`, `${JSON.stringify({ claim, connection }, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

export async function withdraw(dataDirectory: string): Promise<void> {
  await rm(advertisementPath(dataDirectory), { force: true });
}

async function readAdvertisement(dataDirectory: string): Promise<Advertisement | undefined> {
  try {
    return JSON.parse(await readFile(advertisementPath(dataDirectory), 'utf8')) as Advertisement;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether something listens. A closed door is not "not yet": it is told as the permission failure it is. */
function accepts({ host }: Connection): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath(host));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => (hasErrorCode(error, 'EACCES', 'EPERM') ? reject(error) : resolve(false)));
  });
}

/** The holder's server, as soon as it accepts connections; undefined when the holder left while we waited. */
export async function attachTo(dataDirectory: string, holder: Claim): Promise<Connection | undefined> {
  const deadline = Date.now() + attachPatienceMs;
  while (await isHeld(dataDirectory, holder)) {
    const found = await readAdvertisement(dataDirectory);
    if (found?.claim === holder.number && (await accepts(found.connection))) return found.connection;
    if (Date.now() > deadline) {
      throw new EmbeddedError(
        'start_failed',
        `The database in ${dataDirectory} is held by process ${holder.pid} since ${holder.since}, but accepted no ` +
          `connection within ${attachPatienceMs / 1_000} s. See ${join(dataDirectory, 'postgres.log')}.`,
      );
    }
    await sleep(100);
  }
  return undefined;
}
