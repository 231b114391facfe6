import { createHash, randomBytes } from 'node:crypto';
import { chmod, copyFile, lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BinaryPackage, createMissingLinks, libraryLinks } from './binary-package.ts';
import { hasErrorCode } from './failure.ts';

/**
 * A copy of the binaries that every account can read and only this one can write, for installations below a closed
 * directory (a clone under /root) or in a node_modules that cannot be completed. One copy a version, put in place by
 * one rename.
 */
function cacheDirectories(): string[] {
  const uid = process.getuid?.() ?? 0;
  const lasting = uid === 0 ? '/var/cache/diana-engine' : join(homedir(), '.cache', 'diana-engine');
  return [lasting, join(tmpdir(), `diana-engine-${uid}`)];
}

/** The first cache directory that is really ours: a directory planted by another account would run their program. */
async function openCache(): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const refused: string[] = [];
  for (const directory of cacheDirectories()) {
    try {
      await mkdir(directory, { recursive: true, mode: 0o755 });
      const found = await lstat(directory);
      const ours = found.isDirectory() && found.uid === uid && (found.mode & 0o022) === 0;
      if (!ours) throw new Error('it belongs to, or can be written by, another account');
      await chmod(directory, 0o755); // The umask may have closed it to the server's account.
      return directory;
    } catch (error) {
      refused.push(`${directory}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(`no directory for a copy of the binaries (${refused.join('; ')})`);
}

/** Static libraries and build files are for compiling extensions: half of the tree that no server reads. */
function isNeeded(name: string): boolean {
  return !name.endsWith('.a') && name !== 'pgxs' && name !== 'pkgconfig';
}

/** Modes are set, not kept: a clone made under umask 077 is closed to the server's account file by file. */
async function copyReadable(from: string, to: string): Promise<void> {
  await mkdir(to);
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (!isNeeded(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyReadable(source, target);
    else if (entry.isFile()) {
      await copyFile(source, target);
      await chmod(target, from.endsWith('/bin') || entry.name.includes('.so') ? 0o755 : 0o644);
    }
  }
}

/** A reinstalled package of the same version is another package when its server differs. */
async function cacheKey(source: BinaryPackage): Promise<string> {
  const { size, mtimeMs } = await stat(join(source.native, 'bin', 'postgres'));
  const mark = createHash('sha256')
    .update(`${source.version} ${size} ${Math.trunc(mtimeMs)}`)
    .digest('hex')
    .slice(0, 8);
  return `${source.name.replace(/^@/, '').replace('/', '-')}-${source.version}-${mark}`;
}

/** Path of the copy's `native`; with `fresh`, an existing copy is replaced. */
export async function cachedCopy(source: BinaryPackage, fresh: boolean): Promise<string> {
  const cache = await openCache();
  const target = join(cache, await cacheKey(source));
  if (fresh) await rm(target, { recursive: true, force: true });
  else if (await stat(target).catch(() => undefined)) return target;

  const making = `${target}.${randomBytes(4).toString('hex')}`;
  try {
    await copyReadable(source.native, making);
    await createMissingLinks(making, await libraryLinks(source.native));
    await rename(making, target).catch((error: unknown) => {
      if (!hasErrorCode(error, 'ENOTEMPTY', 'EEXIST')) throw error; // Another process was faster with the same copy.
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return target;
}
