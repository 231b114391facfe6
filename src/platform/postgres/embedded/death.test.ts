import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { query, serverProcesses, until, type Workbench, workbench } from '../../../../test/support/embedded.ts';
import type { EmbeddedServer } from './index.ts';
import { runningProcesses } from './process-table.ts';

const limitMs = 60_000;

async function postmasterPid(data: string): Promise<number> {
  return Number((await readFile(join(data, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

async function watchersOf(pid: number): Promise<number[]> {
  const found = (await runningProcesses()).filter(({ command }) => command.endsWith(`diana-postgres-watcher ${pid}`));
  return found.map((entry) => entry.pid);
}

async function answers(connection: EmbeddedServer['connection']): Promise<boolean> {
  return query(connection, 'select 1').then(
    () => true,
    () => false,
  );
}

describe('sudden death', { timeout: limitMs }, () => {
  let bench: Workbench;
  let data: string;
  beforeEach(async () => {
    bench = workbench();
    data = await bench.directory(0o755);
  });
  afterEach(() => bench.dispose(), limitMs);

  test('the server ends by itself when its owner is killed', async () => {
    const owner = await bench.owner(data);
    expect(await serverProcesses(data)).not.toEqual([]);
    owner.child.kill('SIGKILL');
    await until('the server has ended', 5_000, async () => (await serverProcesses(data)).length === 0);
  });

  test('the next owner starts at once, finds the data, and leaves no orphan', async () => {
    const owner = await bench.owner(data);
    if (!owner.answer.connection) throw new Error(owner.answer.message);
    await query(owner.answer.connection, 'create table note as select 3 as number');
    owner.child.kill('SIGKILL');
    const started = Date.now();
    const next = await bench.start(data);
    expect(Date.now() - started).toBeLessThan(5_000);
    expect(await query(next.connection, 'select number from note')).toMatchObject([{ number: 3 }]);
    await next.stop();
    expect(await serverProcesses(data)).toEqual([]);
  });

  test('a server that outlived owner and watcher is stopped by the next owner, busy workers included', async () => {
    const owner = await bench.owner(data);
    const { connection } = owner.answer;
    if (!connection) throw new Error(owner.answer.message);
    await query(connection, 'create table note as select 4 as number');
    query(connection, 'select pg_sleep(600)').catch(() => undefined);
    await sleep(300);
    const pid = await postmasterPid(data);
    owner.child.kill('SIGSTOP'); // So that it does not post another watcher.
    for (const watcher of await watchersOf(pid)) process.kill(watcher, 'SIGKILL');
    owner.child.kill('SIGKILL');
    await sleep(500);
    expect(await serverProcesses(data)).toContain(pid);
    const next = await bench.start(data);
    expect(await serverProcesses(data)).not.toContain(pid);
    expect(await query(next.connection, 'select number from note')).toMatchObject([{ number: 4 }]);
  });

  test('a killed postmaster is replaced within five seconds, at the same address', async () => {
    const server = await bench.start(data);
    await query(server.connection, 'create table note as select 8 as number');
    process.kill(await postmasterPid(data), 'SIGKILL');
    await sleep(50);
    await until('the server answers again', 5_000, () => answers(server.connection));
    expect(await query(server.connection, 'select number from note')).toMatchObject([{ number: 8 }]);
    expect(bench.lines.map(({ message }) => message)).toContain('PostgreSQL died, restarting it');
  });

  test('a worker deep in a computation does not delay the replacement', async () => {
    const server = await bench.start(data);
    query(server.connection, 'select count(*) from generate_series(1, 100000000000)').catch(() => undefined);
    await sleep(300);
    process.kill(await postmasterPid(data), 'SIGKILL');
    await sleep(50);
    await until('the server answers again', 5_000, () => answers(server.connection));
  });

  test('a stop in the middle of a restart ends it for good', async () => {
    const server = await bench.start(data);
    process.kill(await postmasterPid(data), 'SIGKILL');
    await sleep(30);
    await server.stop();
    expect(await serverProcesses(data)).toEqual([]);
    await sleep(500);
    expect(await serverProcesses(data)).toEqual([]);
  });

  test('a killed watcher is replaced, and none outlives the server', async () => {
    const server = await bench.start(data);
    const pid = await postmasterPid(data);
    const [first] = await watchersOf(pid);
    if (first === undefined) throw new Error('no watcher');
    process.kill(first, 'SIGKILL');
    await until('another watcher', 5_000, async () => (await watchersOf(pid)).some((watcher) => watcher !== first));
    await server.stop();
    expect(await watchersOf(pid)).toEqual([]);
  });

  test('a stop does not wait for a client that never leaves', async () => {
    const server = await bench.start(data);
    const endless = query(server.connection, 'select pg_sleep(600)').catch((error: unknown) => error);
    await sleep(300);
    const started = Date.now();
    await server.stop();
    expect(Date.now() - started).toBeLessThan(5_000);
    expect(await endless).toBeInstanceOf(Error);
  });
});
