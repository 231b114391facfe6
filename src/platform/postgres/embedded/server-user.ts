import { chown, lchown, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedError } from './failure.ts';

/**
 * The account that runs the server. PostgreSQL refuses to run as root, so root lends it an existing unprivileged one;
 * anybody else runs it as themselves.
 */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  /** True when it is not the account of this process, which then is root. */
  readonly lent: boolean;
}

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

async function accounts(): Promise<Account[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

/** An existing cluster keeps its owner, whatever the accounts of this machine or image are called today. */
export async function findServerUser(clusterDirectory: string): Promise<ServerUser> {
  const known = await accounts();
  const owner = await stat(clusterDirectory).catch(() => undefined);
  const nameOf = (uid: number) => known.find((account) => account.uid === uid)?.name ?? `uid ${uid}`;
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  if (uid !== 0) {
    if (owner && owner.uid !== uid) {
      throw new EmbeddedError(
        'permission',
        `The database in ${clusterDirectory} belongs to ${nameOf(owner.uid)}; this process runs as ${nameOf(uid)}. ` +
          `Run as ${nameOf(owner.uid)} or root, or choose another DIANA_DATA_DIR.`,
      );
    }
    return { uid, gid, name: nameOf(uid), lent: false };
  }
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, name: nameOf(owner.uid), lent: true };
  const account = ['postgres', 'nobody'].map((name) => known.find((entry) => entry.name === name)).find(Boolean);
  if (!account) {
    throw new EmbeddedError(
      'permission',
      'PostgreSQL does not run as root, and /etc/passwd has neither "postgres" nor "nobody" to run it as. ' +
        'Run Diana as an ordinary user, or set DIANA_DATABASE_URL.',
    );
  }
  return { ...account, lent: true };
}

/** What `spawn` needs to start a program as that account. */
export function spawnAs(user: ServerUser): { uid?: number; gid?: number } {
  return user.lent ? { uid: user.uid, gid: user.gid } : {};
}

export async function giveTo(user: ServerUser, path: string): Promise<void> {
  if (user.lent) await chown(path, user.uid, user.gid);
}

/** For a cluster that root restored from a backup: the server insists on owning all of it. */
export async function giveTreeTo(user: ServerUser, directory: string): Promise<void> {
  if (!user.lent) return;
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await giveTreeTo(user, path);
    else await lchown(path, user.uid, user.gid);
  }
  await chown(directory, user.uid, user.gid);
}
