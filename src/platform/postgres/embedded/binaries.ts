import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedCopy } from './binary-cache.ts';
import { createMissingLinks, findPackage, type LibraryLink, libraryLinks } from './binary-package.ts';
import { asEmbeddedError, EmbeddedError, failureFrom, hasErrorCode } from './failure.ts';
import type { EmbeddedLog } from './log.ts';
import { runProgram } from './program.ts';
import type { ServerUser } from './server-user.ts';

/** Programs that are proven to run as the server's account. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** As in PG_VERSION, e.g. `18`. */
  readonly major: string;
}

const useYourOwn = 'or set DIANA_DATABASE_URL to your own PostgreSQL';

async function linksComplete(native: string): Promise<boolean> {
  const links = await libraryLinks(native);
  const missing = async (link: LibraryLink) =>
    access(join(native, link.path)).then(
      () => false,
      () => true,
    );
  if (!(await Promise.all(links.map(missing))).includes(true)) return true;
  return createMissingLinks(native, links).then(
    () => true,
    () => false, // Somebody else's node_modules: the copy gets them.
  );
}

interface Trial {
  readonly major?: string;
  readonly complaint: string;
}

/**
 * Runs the server once for its version, as the account that will run it. That one call proves that the path is open to
 * the account, that the disk allows execution and that every shared library is found.
 */
async function tryOut(native: string, user: ServerUser): Promise<Trial> {
  try {
    const { output, code } = await runProgram(join(native, 'bin', 'postgres'), ['--version'], { user, cwd: '/' });
    const major = /\(PostgreSQL\) (\d+)/.exec(output)?.[1];
    return code === 0 && major ? { major, complaint: '' } : { complaint: output };
  } catch (error) {
    // A program whose interpreter is absent is reported as absent itself: the mark of a system without glibc.
    const noInterpreter = hasErrorCode(error, 'ENOENT') ? 'The binaries need a system with glibc. ' : '';
    return { complaint: noInterpreter + String(error) };
  }
}

function usable(native: string, major: string): Binaries {
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres'), major };
}

/** The installed package where it can be used as it lies; else a copy that the server's account can reach. */
export async function prepareBinaries(user: ServerUser, log: EmbeddedLog): Promise<Binaries> {
  if (process.platform === 'win32') {
    throw new EmbeddedError(
      'unsupported_platform',
      'On Windows no PostgreSQL is embedded. Set DIANA_DATABASE_URL to a server, or run Diana in WSL or a container.',
    );
  }
  const installed = await findPackage(process.platform, process.arch);
  const inPlace = (await linksComplete(installed.native))
    ? await tryOut(installed.native, user)
    : { complaint: 'The links of its libraries are missing and cannot be created there.' };
  if (inPlace.major) return usable(installed.native, inPlace.major);

  let complaint = inPlace.complaint;
  // Twice, because a copy that a power loss left empty looks complete by its name.
  for (const fresh of [false, true]) {
    const copy = await cachedCopy(installed, fresh).catch((error: unknown) => {
      throw asEmbeddedError(`The PostgreSQL binaries in ${installed.native} do not run there and cannot be copied`, error);
    });
    const trial = await tryOut(copy, user);
    if (trial.major) {
      log('info', 'The PostgreSQL binaries cannot be used where they are installed: a copy is used', {
        installed: installed.native,
        copy,
        user: user.name,
        reason: inPlace.complaint.trim(),
      });
      return usable(copy, trial.major);
    }
    complaint = trial.complaint;
  }
  throw failureFrom(
    `The PostgreSQL binaries of ${installed.name} do not run on this system; repair that, ${useYourOwn}`,
    complaint,
  );
}
