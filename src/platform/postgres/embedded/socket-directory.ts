import { createHash, randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedError, hasErrorCode } from './failure.ts';
import { giveTo, type ServerUser } from './server-user.ts';

/** The socket's suffix; there is no TCP port, and each data directory has a socket directory of its own. */
export const socketPort = 5432;

/** A Unix socket's path may have 107 bytes on Linux and 103 on macOS, and data directories lie deep. */
const longestSocketPath = 103;

/**
 * Short and stable for a data directory: names its sockets, and its server processes (see `orphans.ts`). Made from the
 * directory's place on disk, not from its path: a host and its containers see each other's processes, and each may have
 * a /data of its own.
 */
export async function clusterName(dataDirectory: string): Promise<string> {
  const { dev, ino } = await stat(dataDirectory, { bigint: true });
  return `diana-${createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 16)}`;
}

export function socketPath(directory: string): string {
  return join(directory, `.s.PGSQL.${socketPort}`);
}

async function isPrivate(directory: string, user: ServerUser): Promise<boolean> {
  const found = await lstat(directory);
  const owners = [user.uid, process.getuid?.()];
  return found.isDirectory() && owners.includes(found.uid) && (found.mode & 0o077) === 0;
}

/**
 * A directory that only the server's account enters: it is the whole of the server's access control, since whoever
 * reaches the socket is trusted. The name can be guessed, so an existing directory is used only when it is ours;
 * otherwise a random one is.
 */
export async function openSocketDirectory(name: string, user: ServerUser): Promise<string> {
  const base = Buffer.byteLength(socketPath(join(tmpdir(), `${name}-00000000`))) > longestSocketPath ? '/tmp' : tmpdir();
  const usual = join(base, name);
  try {
    await mkdir(usual, { mode: 0o700 });
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw error;
    if (!(await isPrivate(usual, user))) {
      const unguessed = `${usual}-${randomBytes(4).toString('hex')}`;
      await mkdir(unguessed, { mode: 0o700 });
      return unguessed;
    }
  }
  return usual;
}

/**
 * Before each start of the server. A socket's lock file that outlived its server would stop the next one as soon as its
 * process id is in use again.
 */
export async function readySocketDirectory(directory: string, user: ServerUser): Promise<void> {
  // A cleaner of temporary files may have taken it, and another account its name since then.
  await mkdir(directory, { mode: 0o700 }).catch((error: unknown) => {
    if (!hasErrorCode(error, 'EEXIST')) throw error;
  });
  if (!(await isPrivate(directory, user))) {
    throw new EmbeddedError(
      'permission',
      `${directory}, the directory of the server's socket, was taken by another account. Remove it.`,
    );
  }
  await giveTo(user, directory);
  await chmod(directory, 0o700);
  const names = await readdir(directory);
  await Promise.all(names.filter((name) => name.startsWith('.s.PGSQL.')).map((name) => rm(join(directory, name))));
}
