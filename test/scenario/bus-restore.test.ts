import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { afterAll, describe, expect, test } from 'vitest';
import { type BusEvent, type Diana, type Handler, openDiana } from '../../src/index.ts';
import type { Log } from '../../src/kernel/ports.ts';
import { findServerUser, giveTo, spawnAs } from '../../src/platform/postgres/embedded/server-user.ts';
import { eventually } from '../support/bus.ts';

const run = promisify(execFile);
const PROGRAMS = ['initdb', 'postgres', 'pg_dump', 'pg_restore'];

/** Where Debian keeps a PostgreSQL with all its programs; the embedded one has no pg_dump. */
async function findPrograms(): Promise<string | undefined> {
  const debian = '/usr/lib/postgresql';
  const versions = (await readdir(debian).catch(() => [])).map(Number).filter(Number.isInteger);
  const asked = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' }).stdout?.trim() ?? '';
  const places = versions.toSorted((a, b) => a - b).map((version) => join(debian, String(version), 'bin'));
  for (const place of asked === '' ? places : [asked, ...places]) {
    const found = await Promise.all(
      PROGRAMS.map((program) =>
        access(join(place, program)).then(
          () => true,
          () => false,
        ),
      ),
    );
    if (!found.includes(false)) return place;
  }
  if (process.env['CI'] === 'true') throw new Error(`${PROGRAMS.join(', ')} are missing: install the package postgresql`);
  console.warn(`${PROGRAMS.join(', ')} are missing (package postgresql): the test of dump and restore is skipped`);
  return undefined;
}

const programs = await findPrograms();
const directories: string[] = [];
const servers = new Set<ChildProcess>();
const opened = new Set<Diana>();
afterAll(async () => {
  for (const diana of opened) await diana.close();
  for (const server of servers) {
    const ended = once(server, 'exit');
    server.stdin?.end();
    await ended;
  }
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
});

interface Cluster {
  /** An empty database that Diana may have. */
  create(database: string): Promise<void>;
  url(database: string): string;
  /** One of PostgreSQL's own programs, on one of the databases. */
  program(name: string, database: string, ...args: readonly string[]): Promise<unknown>;
}

/** A cluster of its own, with what the manual says about roles and nothing else. */
async function startCluster(bin: string): Promise<Cluster> {
  const directory = await mkdtemp(join(tmpdir(), 'diana-restore-'));
  directories.push(directory);
  const data = join(directory, 'data');
  const user = await findServerUser(data);
  await giveTo(user, directory);
  const options = { ...spawnAs(user), cwd: directory };
  await run(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'], options);
  const settings = [`unix_socket_directories=${directory}`, 'listen_addresses=', 'fsync=off', 'log_min_messages=panic'];
  // It ends with the standard input of the shell, and so with this process, however that ends.
  const script = 'directory=$1; shift; "$@" & read -r end; kill -INT $!; wait $!; rm -rf "$directory"';
  const command = [directory, join(bin, 'postgres'), '-D', data, ...settings.flatMap((setting) => ['-c', setting])];
  const server = spawn('sh', ['-c', script, 'sh', ...command], {
    ...options,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  servers.add(server);
  server.once('exit', () => servers.delete(server));
  const administer = async (statement: string): Promise<void> => {
    const sql = postgres({ host: directory, user: 'postgres', database: 'postgres', max: 1, onnotice: () => undefined });
    await sql.unsafe(statement).finally(() => sql.end());
  };
  await eventually(
    'the server answers',
    () =>
      administer('create role diana_service nologin').then(
        () => true,
        () => false,
      ),
    Boolean,
  );
  return {
    create: (database) => administer(`create database ${database}`),
    url: (database) => `postgres://postgres@${encodeURIComponent(directory)}:5432/${database}`,
    program: (name, database, ...args) => run(join(bin, name), ['-h', directory, '-U', 'postgres', '-d', database, ...args]),
  };
}

const quiet = (errors: string[] = []): Log => ({
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (_, message) => void errors.push(message),
});

async function open(cluster: Cluster, database: string, log = quiet()): Promise<Diana> {
  const diana = await openDiana({ databaseUrl: cluster.url(database), log });
  opened.add(diana);
  return diana;
}

async function close(diana: Diana): Promise<void> {
  opened.delete(diana);
  await diana.close();
}

const jobs = (from: number, to: number): readonly { id: string; type: string; user: string }[] =>
  Array.from({ length: to - from + 1 }, (_, n) => ({ id: `job-${from + n}`, type: 'job.done', user: 'ada' }));

/** One row for each call, which nothing keeps unique. */
const noting =
  (subscription: string): Handler =>
  (event, tx) =>
    tx.query('insert into app.effect values ($1, $2, $3)', [subscription, event.id, event.position]);

async function effects(diana: Diana, subscription: string): Promise<readonly string[]> {
  const rows = await diana.transaction((tx) =>
    tx.query<{ event: string }>('select event from app.effect where subscription = $1 order by position', [subscription]),
  );
  return rows.map(({ event }) => event);
}

const ids = (events: readonly { readonly id: string }[]): readonly string[] => events.map(({ id }) => id);

/** A stream of all jobs; undefined where its cursor is not taken. */
function streamFrom(diana: Diana, cursor: string | null): ReturnType<Diana['bus']['stream']> {
  return diana.bus.stream({ types: ['job.*'], filter: null, cursor, from: cursor === null ? 'beginning' : undefined });
}

/** Reads so many events, and the cursor behind each. */
async function readOn(
  diana: Diana,
  cursor: string | null,
  count: number,
): Promise<readonly { readonly event: BusEvent; readonly cursor: string }[]> {
  const stream = await streamFrom(diana, cursor);
  if (!stream.ok) throw new Error(stream.refusal.message);
  const { feed, cursorOf } = stream.value;
  const read: { event: BusEvent; cursor: string }[] = [];
  while (read.length < count) {
    const portion = await feed.next(count - read.length);
    for (const event of portion?.events ?? []) read.push({ event, cursor: cursorOf(event.position, event.recordedAt) });
  }
  feed.close();
  return read;
}

describe.skipIf(programs === undefined)('dump and restore', () => {
  test('cursors survive into a fresh cluster, and say so where history went back', async () => {
    const bin = programs ?? '';
    const [before, fresh] = await Promise.all([startCluster(bin), startCluster(bin)]);
    const dumps = directories[0] ?? '';
    const [older, newer] = [join(dumps, 'older.dump'), join(dumps, 'newer.dump')];
    await before.create('diana');
    const first = await open(before, 'diana');
    await first.transaction((tx) => tx.query('create table app.effect (subscription text, event text, position bigint)'));

    // One user, so that all is in one order. Three that stand at different places: at the end, stopped half way, and in the middle of a call.
    await first.subscribe('job.*', noting('ahead'), { name: 'ahead' });
    const halted = await first.subscribe('job.*', noting('halted'), { name: 'halted' });
    await first.submit(jobs(1, 30));
    await eventually(
      'the first half is handled',
      () => effects(first, 'halted'),
      (events) => events.length === 30,
    );
    await halted.stop();
    await before.program('pg_dump', 'diana', '-Fc', '-f', older);

    let goOn: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    await first.subscribe(
      'job.*',
      async (event, tx) => {
        await noting('midway')(event, tx, { subscription: 'midway', attempt: 1, signal: new AbortController().signal });
        if (event.id === 'job-38') await gate;
      },
      { name: 'midway', from: 'beginning', transaction: 'each' },
    );
    await first.submit(jobs(31, 60));
    await eventually(
      'all are handled by one',
      () => effects(first, 'ahead'),
      (events) => events.length === 60,
    );
    const done = await eventually(
      'some are handled by the other',
      () => effects(first, 'midway'),
      (events) => events.length === 37,
    );
    const read = await readOn(first, null, 60);
    const saved = read.map(({ cursor }) => cursor);
    await before.program('pg_dump', 'diana', '-Fc', '-f', newer);
    goOn();
    await close(first);

    await fresh.create('diana');
    await fresh.program('pg_restore', 'diana', '--exit-on-error', newer);
    const second = await open(fresh, 'diana');
    expect(await effects(second, 'midway')).toEqual(expect.arrayContaining([...done]));
    expect((await effects(second, 'midway')).length).toBeLessThan(60);
    const seen: string[] = [];
    await second.subscribe('job.*', (event, tx) => (seen.push(event.id), noting('halted')(event, tx, undefined as never)), {
      name: 'halted',
    });
    await eventually(
      'it goes on',
      () => effects(second, 'halted'),
      (events) => events.length >= 60,
    );
    expect(seen).toEqual(ids(jobs(31, 60)));
    for (const name of ['ahead', 'midway'])
      await second.subscribe('job.*', noting(name), name === 'midway' ? { name, transaction: 'each' } : { name });
    await second.submit(jobs(61, 62));
    // The process that the dump shows alive has to be silent for as long as its lease.
    for (const name of ['ahead', 'halted', 'midway']) {
      const all = await eventually(
        `${name} goes on`,
        () => effects(second, name),
        (events) => events.length >= 62,
        20_000,
      );
      expect(all).toEqual(ids(jobs(1, 62)));
      expect((await second.bus.show(name))?.health).toMatchObject({ status: 'ok', waiting: 0, deadLetters: 0 });
    }
    for (const at of [0, 29, 58]) {
      const behind = await readOn(second, saved[at] ?? '', 3);
      expect(ids(behind.map(({ event }) => event))).toEqual(ids(jobs(at + 2, at + 4)));
    }
    await close(second);

    // The log as it was earlier, and the subscriptions as they were later.
    await fresh.create('earlier');
    await fresh.program('pg_restore', 'earlier', '--exit-on-error', older);
    const tables = ['subscription', 'cursor', 'worker', 'delivery', 'done', 'dead_letter', 'change'].map(
      (table) => `bus.${table}`,
    );
    const sql = postgres(postgresOptions(fresh.url('earlier')));
    await sql.unsafe(`truncate ${tables.join(', ')}`).finally(() => sql.end());
    await fresh.program('pg_restore', 'earlier', '--exit-on-error', '--data-only', '--disable-triggers', '--schema=bus', newer);
    const errors: string[] = [];
    const third = await open(fresh, 'earlier', quiet(errors));
    const regressed = { ok: false, refusal: { code: 'history_regressed' } };
    const isRegressed = async (): Promise<void> => {
      for (const at of [30, 45, 59]) expect(await streamFrom(third, saved[at] ?? '')).toMatchObject(regressed);
      // What both histories share is still a place.
      const behind = await readOn(third, saved[27] ?? '', 2);
      expect(ids(behind.map(({ event }) => event))).toEqual(['job-29', 'job-30']);
    };
    await isRegressed();
    const bare = String(read.at(-1)?.event.position);
    expect(await streamFrom(third, bare)).toMatchObject(regressed);

    const delivered: string[] = [];
    await third.subscribe('job.*', (event) => void delivered.push(event.id), { name: 'ahead' });
    expect((await third.bus.show('ahead'))?.health).toMatchObject({ status: 'history_regressed', lag: { events: 0 } });
    await third.submit([{ id: 'other-1', type: 'job.done', user: 'user-1' }]);
    await eventually(
      'it is told',
      () => third.bus.status().degraded,
      (degraded) => degraded.includes('subscription ahead: history regressed'),
      20_000,
    );
    expect(errors.filter((message) => message.startsWith('history regressed'))).toHaveLength(1);
    expect((await third.bus.show('ahead'))?.health.status).toBe('history_regressed');
    expect(delivered).toEqual([]);

    // An operator says where it begins.
    const replayed = await third.bus.replay(
      'ahead',
      { from: read[29]?.event.position },
      { id: 'key_test', role: 'admin', account: null },
    );
    expect(replayed).toMatchObject({ ok: true });
    await eventually(
      'it is delivered again',
      () => delivered,
      (events) => events.length > 0,
    );
    expect(delivered).toEqual(['other-1']);
    expect((await third.bus.show('ahead'))?.health.status).toBe('ok');
    expect(third.bus.status().degraded).toEqual([]);

    // The log is longer than ever, by other events: cursors of the lost history are known all the same.
    await third.submit(Array.from({ length: 60 }, (_, n) => ({ id: `other-${n + 2}`, type: 'job.done', user: 'user-1' })));
    await isRegressed();
  });
});

function postgresOptions(url: string): postgres.Options<Record<string, postgres.PostgresType>> {
  const { hostname, pathname } = new URL(url);
  return { host: decodeURIComponent(hostname), user: 'postgres', database: pathname.slice(1), max: 1, onnotice: () => undefined };
}
