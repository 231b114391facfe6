import { chmod, chown, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { query, type Workbench, workbench } from '../../../../test/support/embedded.ts';
import { EmbeddedError } from './index.ts';
import { runProgram } from './program.ts';
import { findServerUser } from './server-user.ts';
import { clusterName } from './socket-directory.ts';

const root = process.getuid?.() === 0;
const limitMs = 60_000;

describe('the embedded server', { timeout: limitMs }, () => {
  let bench: Workbench;
  beforeEach(() => {
    bench = workbench();
  });
  afterEach(() => bench.dispose(), limitMs);

  test('keeps what was written over a stop and a start', async () => {
    const data = join(await bench.directory(0o755), 'data');
    const first = await bench.start(data);
    expect(first.owned).toBe(true);
    await query(first.connection, 'create table note as select 7 as number');
    await Promise.all([first.stop(), first.stop()]);
    const second = await bench.start(data);
    expect(await query(second.connection, 'select number from note')).toMatchObject([{ number: 7 }]);
    expect(second.connection).toEqual(first.connection);
  });

  test('is durable, private, and sorts by its own rules', async () => {
    const server = await bench.start(await bench.directory(0o755), { settings: { max_connections: '17' } });
    const wanted = {
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      data_checksums: 'on',
      listen_addresses: '',
      server_encoding: 'UTF8',
      TimeZone: 'UTC',
      max_connections: '17',
    };
    const rows = await query(
      server.connection,
      `select name, setting from pg_settings where name in ('${Object.keys(wanted).join("','")}')`,
    );
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual(wanted);
    const [locale] = await query(
      server.connection,
      'select datlocprovider, datlocale from pg_database where datname = current_database()',
    );
    expect(locale).toEqual({ datlocprovider: 'b', datlocale: 'C.UTF-8' });
    const { mode } = await stat(server.connection.host);
    expect(mode & 0o777).toBe(0o700);
    await server.stop();
    await expect(stat(server.connection.host)).rejects.toThrow('ENOENT');
  });

  test.each(['fsync', 'full_page_writes', 'synchronous_commit'])('refuses to run with %s off', async (name) => {
    const data = await bench.directory(0o755);
    await expect(bench.start(data, { settings: { [name]: 'off' } })).rejects.toMatchObject({ code: 'unsafe_setting' });
  });

  test('works in a data directory of more characters than a socket path may have', async () => {
    const data = join(await bench.directory(0o755), 'deep'.repeat(40), 'data');
    expect(data.length).toBeGreaterThan(150);
    const server = await bench.start(data);
    expect(await query(server.connection, 'select 1 as one')).toMatchObject([{ one: 1 }]);
  });

  test('does not use a socket directory that others could have planted', async () => {
    const data = await bench.directory(0o755);
    const planted = join(tmpdir(), await clusterName(data));
    await mkdir(planted);
    await chmod(planted, 0o777);
    const server = await bench.start(data);
    expect(server.connection.host).not.toBe(planted);
    expect(await query(server.connection, 'select 1 as one')).toMatchObject([{ one: 1 }]);
    expect(await readdir(planted)).toEqual([]);
  });

  test.skipIf(!root)(
    'as root, works below a directory that only root can enter, again and again (skipped unless root)',
    async () => {
      const closed = await bench.directory(0o700);
      const data = join(closed, 'clone', 'data');
      const first = await bench.start(data);
      await query(first.connection, 'create table note as select 1 as number');
      await first.stop();
      const second = await bench.start(data);
      expect(await query(second.connection, 'select number from note')).toMatchObject([{ number: 1 }]);
      expect(bench.lines.map(({ message }) => message).join()).toContain('closed to the account');
      expect((await stat(join(data, 'postgres'))).uid).not.toBe(0);
    },
  );

  test.skipIf(!root)('as an ordinary user, runs as that user (skipped unless root, who can become one)', async (context) => {
    const user = await findServerUser('/nonexistent');
    const reach = await runProgram('/bin/sh', ['-c', 'cd "$1"', 'sh', dirname(import.meta.filename)], {
      user,
      cwd: '/',
    });
    if (reach.code !== 0) return context.skip(`${user.name} cannot read this checkout`);
    const data = await bench.directory(0o755);
    await chown(data, user.uid, user.gid);
    const owner = await bench.owner(data, { uid: user.uid, gid: user.gid });
    expect(owner.answer).toMatchObject({ owned: true });
    const attached = await bench.start(data, { mode: 'attach-or-own' });
    expect(attached.owned).toBe(false);
    expect(await query(attached.connection, 'select 1 as one')).toMatchObject([{ one: 1 }]);
    await attached.stop();
    expect(await query(attached.connection, 'select 2 as two')).toMatchObject([{ two: 2 }]);
  });

  test('clears away a preparation that was interrupted', async () => {
    const data = await bench.directory(0o755);
    await mkdir(join(data, 'postgres.init-0badcafe', 'base'), { recursive: true });
    await writeFile(join(data, 'postgres.init-0badcafe', 'PG_VERSION'), '18\n');
    const server = await bench.start(data);
    expect(await query(server.connection, 'select 1 as one')).toMatchObject([{ one: 1 }]);
    expect((await readdir(data)).filter((name) => name.startsWith('postgres.init-'))).toEqual([]);
  });

  test('says so when the cluster is of another version, and leaves it alone', async () => {
    const data = await bench.directory(0o755);
    await mkdir(join(data, 'postgres'), { mode: 0o700 });
    await writeFile(join(data, 'postgres', 'PG_VERSION'), '15\n');
    await expect(bench.start(data)).rejects.toMatchObject({
      code: 'version_mismatch',
      message: expect.stringContaining('PostgreSQL 15'),
    });
    expect(await readFile(join(data, 'postgres', 'PG_VERSION'), 'utf8')).toBe('15\n');
  });

  test('touches no directory that is not a cluster', async () => {
    const data = await bench.directory(0o755);
    await mkdir(join(data, 'postgres'));
    await writeFile(join(data, 'postgres', 'thesis.txt'), 'years of work');
    await expect(bench.start(data)).rejects.toMatchObject({ code: 'not_a_cluster' });
    expect(await readFile(join(data, 'postgres', 'thesis.txt'), 'utf8')).toBe('years of work');
  });

  test('quotes the log of a server that does not start, and can be started afterwards', async () => {
    const data = await bench.directory(0o755);
    const failure = bench.start(data, { settings: { shared_buffers: 'plenty' } });
    await expect(failure).rejects.toThrow(/invalid value for parameter "shared_buffers"/);
    await expect(failure).rejects.toBeInstanceOf(EmbeddedError);
    expect((await bench.start(data)).owned).toBe(true);
  });
});
