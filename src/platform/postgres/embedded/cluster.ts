import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { EmbeddedError, failureFrom, hasErrorCode } from './failure.ts';
import type { EmbeddedLog } from './log.ts';
import { type ProgramOptions, runProgram } from './program.ts';
import { giveTo, giveTreeTo, type ServerUser } from './server-user.ts';

export const databaseUser = 'diana';
export const databaseName = 'diana';

/** A cluster as its server sees it. */
export interface ClusterView {
  /** Real path, for this process. */
  readonly directory: string;
  /** What the server is told as its data directory; always to be used with `directory` as working directory. */
  readonly serverPath: string;
}

const unfinished = 'postgres.init-';

export function clusterDirectory(dataDirectory: string): string {
  return join(dataDirectory, 'postgres');
}

/**
 * Root may keep its data below a directory that the server's account cannot cross (/root is 0700). The data stay there
 * all the same: root starts the server inside the directory, and /proc/self/cwd, by which the kernel hands each process
 * its own working directory, needs no permission on what lies above. All server processes keep that working directory.
 */
async function viewFor(directory: string, user: ServerUser): Promise<ClusterView> {
  if (!user.lent) return { directory, serverPath: directory };
  const probe = await runProgram('/bin/sh', ['-c', 'cd "$1"', 'sh', directory], { user, cwd: '/' });
  if (probe.code === 0) return { directory, serverPath: directory };
  if (process.platform !== 'linux') {
    throw new EmbeddedError(
      'permission',
      `${directory} lies below a directory that ${user.name}, who runs the server, cannot enter. ` +
        'Choose another DIANA_DATA_DIR, or run Diana as an ordinary user.',
    );
  }
  return { directory, serverPath: '/proc/self/cwd' };
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  await handle.sync().finally(() => handle.close());
}

/** The single-user server goes on after an error and ends well: what it said counts, too. */
async function mustSucceed(attempt: string, program: string, args: readonly string[], options: ProgramOptions) {
  const { code, output } = await runProgram(program, args, options);
  if (code !== 0 || /\b(ERROR|FATAL|PANIC):/.test(output)) throw failureFrom(attempt, output);
}

/** Makes the cluster beside its place and moves it there in one step, so that a cluster which exists is complete. */
async function createCluster(dataDirectory: string, binaries: Binaries, user: ServerUser): Promise<void> {
  const making = join(dataDirectory, unfinished + randomBytes(4).toString('hex'));
  try {
    await mkdir(making, { mode: 0o700 });
    await giveTo(user, making);
    const view = await viewFor(making, user);
    const initialise = [
      ['-D', view.serverPath, '--username', databaseUser],
      ['--auth-local=trust', '--auth-host=reject'],
      // Sorting and case mapping that come with the server: an upgrade of the system's C library cannot break indexes.
      ['--encoding=UTF8', '--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
      ['--data-checksums', '--no-instructions'],
    ].flat();
    await mustSucceed('A new database could not be prepared', binaries.initdb, initialise, { user, cwd: making });
    const alone = ['--single', '-j', '-D', view.serverPath, 'postgres'];
    const input = `create database ${databaseName};\n\n`;
    await mustSucceed('The database could not be created', binaries.postgres, alone, { user, cwd: making, input });
    await rename(making, clusterDirectory(dataDirectory));
    await syncDirectory(dataDirectory);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    throw error;
  }
}

async function removeUnfinished(dataDirectory: string, log: EmbeddedLog): Promise<void> {
  const left = (await readdir(dataDirectory)).filter((name) => name.startsWith(unfinished));
  for (const name of left) {
    log('warn', 'Removing a database whose preparation was interrupted', { directory: join(dataDirectory, name) });
    // An initdb that survived its parent may still be writing there; it ends by itself within seconds.
    await rm(join(dataDirectory, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/** The version that made a cluster; undefined when there is none yet. An empty directory (a new volume) is none. */
async function clusterVersion(directory: string): Promise<string | undefined> {
  try {
    return (await readFile(join(directory, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT')) throw error;
  }
  try {
    await rmdir(directory);
  } catch (error) {
    if (hasErrorCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) {
      throw new EmbeddedError(
        'not_a_cluster',
        `${directory} exists but holds no PostgreSQL cluster (no PG_VERSION). Nothing was touched: ` +
          'move it away, restore it, or choose another DIANA_DATA_DIR.',
      );
    }
    if (!hasErrorCode(error, 'ENOENT')) throw error;
  }
  return undefined;
}

/** The cluster of a data directory, created on first use. The caller owns the directory. */
export async function openCluster(
  dataDirectory: string,
  binaries: Binaries,
  user: ServerUser,
  log: EmbeddedLog,
): Promise<ClusterView> {
  await removeUnfinished(dataDirectory, log);
  const directory = clusterDirectory(dataDirectory);
  const version = await clusterVersion(directory);
  if (version === undefined) {
    log('info', 'Preparing a new database', { directory, user: user.name });
    await createCluster(dataDirectory, binaries, user);
  } else if (version !== binaries.major) {
    throw new EmbeddedError(
      'version_mismatch',
      `The database in ${directory} was made by PostgreSQL ${version}; the installed binaries are PostgreSQL ` +
        `${binaries.major}. Dump it with version ${version} and restore it in a new DIANA_DATA_DIR, or use pg_upgrade.`,
    );
  }
  if (user.lent && (await stat(directory)).uid !== user.uid) await giveTreeTo(user, directory);
  await chmod(directory, 0o700); // The server refuses a directory that others may enter; restored backups often are.
  const view = await viewFor(directory, user);
  if (view.serverPath !== directory) {
    log('info', 'The database lies below a directory closed to the account that runs it: it is entered by root first', {
      directory,
      user: user.name,
    });
  }
  return view;
}
