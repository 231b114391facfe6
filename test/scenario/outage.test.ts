import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { serverProcesses, until } from '../support/embedded.ts';
import { ADMIN_KEY, createStage, type HttpAnswer, type Service } from '../support/service.ts';

const stage = createStage();
const CATALOG = fileURLToPath(new URL('./catalog.yaml', import.meta.url));
afterAll(() => stage.dispose());

const CLIENT_TIMEOUT = 1_000;
/** A silent database is noticed when the timer of a statement fires; the rest is for a busy machine. */
const IN_TIME = CLIENT_TIMEOUT + 2_000;
/** The bound that is promised for recovery, once the cause has gone away. */
const RECOVERY = 5_000;

/** A client that sends one event after the other, the same one again until it is taken, and keeps every answer. */
function createWriter(
  service: Service,
  name: string,
): { readonly answers: Map<string, string>; readonly turnedAway: HttpAnswer[]; stop(): Promise<void> } {
  const answers = new Map<string, string>();
  const turnedAway: HttpAnswer[] = [];
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    for (let n = 0; !stopping.signal.aborted; n += 1) {
      const event = { id: `${name}-${n}`, type: 'quiz.completed', user: `${name}-${n % 5}`, time: '2026-11-01T10:00:00Z' };
      for (;;) {
        const answer = await service.call('POST', '/v1/events', event);
        if (answer.status === 200) {
          const [result] = answer.body['results'] as readonly object[];
          answers.set(event.id, comparable(result ?? {}));
          break;
        }
        turnedAway.push(answer);
        if (stopping.signal.aborted) return;
        await sleep(100);
      }
    }
  };
  const done = loop();
  done.catch(() => undefined);
  return {
    answers,
    turnedAway,
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

function comparable(result: object): string {
  return JSON.stringify({ ...result, status: 'accepted' });
}

test('a database that is paused or killed gives 503 in time and is back within 5 s, and nothing is lost or doubled', async () => {
  const dataDirectory = join(await stage.directory(), 'data');
  const environment = {
    DIANA_DATA_DIR: dataDirectory,
    DIANA_ADMIN_KEY: ADMIN_KEY,
    DIANA_CATALOG: CATALOG,
    DIANA_DATABASE_TIMEOUT: String(CLIENT_TIMEOUT),
    DIANA_LOG_LEVEL: 'silent',
  };
  const service = await stage.start(environment);
  const writers = Array.from({ length: 8 }, (_, n) => createWriter(service, `writer-${n}`));
  const acknowledged = (): number => writers.reduce((sum, { answers }) => sum + answers.size, 0);
  const flows = async (within: number): Promise<void> => {
    const before = acknowledged();
    await until('events are taken again', within, async () => acknowledged() > before + 20);
    expect((await service.call('GET', '/readyz')).status).toBe(200);
  };
  await flows(10_000);

  // Paused: no error, no answer, and no new connection either.
  // A connection may have been accepted between the list and the stop: list again until there is nobody new.
  const paused = new Set<number>();
  for (let found = -1; found !== paused.size; ) {
    found = paused.size;
    for (const pid of await serverProcesses(dataDirectory)) paused.add(pid);
    for (const pid of paused) process.kill(pid, 'SIGSTOP');
  }
  try {
    const asked = Date.now();
    const answer = await service.call('POST', '/v1/events', { id: 'while-paused', type: 'quiz.completed', user: 'pat' });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.body).toMatchObject({ code: 'unavailable', retryable: true });
    expect(Date.now() - asked).toBeLessThan(IN_TIME);
    expect((await service.call('GET', '/livez')).status).toBe(200);
    await until('it says that it is not ready', IN_TIME, async () => (await service.call('GET', '/readyz')).status === 503);
    expect((await service.call('GET', '/readyz')).body).toMatchObject({ ready: false, degraded: ['database'] });
    for (const path of ['/v1/users/pat', '/v1/users/pat/transfers', '/v1/events/x']) {
      const read = await service.call('GET', path);
      expect([path, read.status, read.headers.has('retry-after')]).toEqual([path, 503, true]);
    }
    // The time that the pause lasts is the point here.
    await sleep(5_000);
  } finally {
    for (const pid of paused) process.kill(pid, 'SIGCONT');
  }
  await flows(RECOVERY);

  // Killed: the postmaster first, so that nobody is left to say goodbye.
  const postmaster = Number((await readFile(join(dataDirectory, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);
  const turnedAwayBefore = writers.reduce((sum, { turnedAway }) => sum + turnedAway.length, 0);
  process.kill(postmaster, 'SIGKILL');
  await until(
    'clients hear of it',
    IN_TIME,
    async () => writers.reduce((sum, { turnedAway }) => sum + turnedAway.length, 0) > turnedAwayBefore,
  );
  await flows(RECOVERY);

  for (const { stop } of writers) await stop();
  for (const { turnedAway } of writers) {
    for (const answer of turnedAway) {
      expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      expect(answer.headers.has('retry-after')).toBe(true);
    }
  }
  // Sent once more, everything that was acknowledged gives its first answer.
  for (const { answers } of writers) {
    const ids = [...answers.keys()];
    for (let at = 0; at < ids.length; at += 1_000) {
      const chunk = ids.slice(at, at + 1_000);
      const events = chunk.map((id) => {
        const [, writer = '', n = ''] = /^(writer-\d+)-(\d+)$/.exec(id) ?? [];
        return { id, type: 'quiz.completed', user: `${writer}-${Number(n) % 5}`, time: '2026-11-01T10:00:00Z' };
      });
      const again = await service.call('POST', '/v1/events', events);
      for (const [i, result] of (again.body['results'] as readonly { readonly status: string }[]).entries()) {
        expect(result.status).toBe('duplicate');
        expect(comparable(result)).toBe(answers.get(chunk[i] ?? ''));
      }
    }
  }
  expect(await service.stop()).toEqual({ code: 0, signal: null });
  const verified = await stage.cli(['verify', '--json'], environment);
  expect(verified).toMatchObject({ code: 0 });
}, 120_000);
