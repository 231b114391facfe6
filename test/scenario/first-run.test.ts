import { createConnection } from 'node:net';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/embedded.ts';
import { createStage, type HttpAnswer, type Service } from '../support/service.ts';

/** What somebody does who has just read the README, and all that may go wrong in their hands. */
const stage = createStage();
const CATALOG = fileURLToPath(new URL('./catalog.yaml', import.meta.url));
let service: Service;
let dataDirectory: string;
let adminKey: string;

beforeAll(async () => {
  dataDirectory = join(await stage.directory(), 'data');
  service = await stage.start({ DIANA_DATA_DIR: dataDirectory });
  const key = join(dataDirectory, 'admin.key');
  await until('the first admin key is kept', 5_000, () =>
    stat(key).then(
      () => true,
      () => false,
    ),
  );
  adminKey = (await readFile(key, 'utf8')).trim();
  expect((await stat(key)).mode & 0o777).toBe(0o600);
});
afterAll(async () => {
  expect(await service.stop()).toEqual({ code: 0, signal: null });
  await stage.dispose();
});

const call = (method: string, path: string, body?: unknown, type?: string): Promise<HttpAnswer> =>
  service.call(method, path, body, { key: adminKey, ...(type === undefined ? {} : { type }) });

test('the service says where it listens, where the data are, and the first admin key once', () => {
  expect(service.said[0]).toMatch(/^Diana \d+\.\d+\.\d+ listens on http:\/\/127\.0\.0\.1:\d+$/);
  expect(service.said[1]).toMatch(/^PostgreSQL \d+: embedded in /);
  expect(service.said.filter((line) => line.includes(adminKey))).toHaveLength(1);
});

test('an event earns points, and everything about it can be asked', async () => {
  expect(await call('POST', '/v1/catalog', await readFile(CATALOG, 'utf8'), 'application/yaml')).toMatchObject({
    status: 200,
    body: { applied: true },
  });
  const posted = await call('POST', '/v1/events', { id: 'first', type: 'quiz.completed', user: 'alice', data: { score: 9 } });
  expect(posted).toMatchObject({
    status: 200,
    body: {
      results: [
        { id: 'first', status: 'accepted', awards: [{ rule: 'quiz', currency: 'points', base: 10, amount: 10, balance: 10 }] },
      ],
    },
  });
  const [result] = posted.body['results'] as readonly {
    readonly position: number;
    readonly awards: readonly { readonly transfer: string }[];
  }[];
  const after = `after=${result?.position}`;
  expect(await call('GET', `/v1/users/alice?${after}`)).toMatchObject({
    status: 200,
    body: { id: 'alice', balances: { points: 10 }, metrics: { quizzes: 1, earned: 10 } },
  });
  expect(await call('GET', '/v1/users/alice/transfers')).toMatchObject({
    status: 200,
    body: { transfers: [{ id: result?.awards[0]?.transfer, amount: 10, rule: 'quiz' }] },
  });
  expect(await call('GET', '/v1/events/first')).toMatchObject({
    status: 200,
    body: { id: 'first', user: 'alice', outcome: { status: 'accepted', awards: [{ amount: 10 }] } },
  });
  expect(await call('GET', `/v1/boards/weekly?${after}`)).toMatchObject({
    status: 200,
    body: { board: 'weekly', total: 1, entries: [{ rank: 1, user: 'alice', score: 10 }] },
  });
  expect(await call('GET', `/v1/boards/weekly/users/alice?${after}`)).toMatchObject({
    status: 200,
    body: { rank: 1, user: 'alice', score: 10 },
  });
  expect(
    await call('POST', '/v1/transfers', { id: 'gift', kind: 'spend', user: 'alice', currency: 'points', amount: 4 }),
  ).toMatchObject({ status: 201, body: { balance: 6 } });
  expect(
    await call('POST', '/v1/transfers', { id: 'gift', kind: 'spend', user: 'alice', currency: 'points', amount: 4 }),
  ).toMatchObject({ status: 200, body: { balance: 6 } });
  expect(
    await call('POST', '/v1/transfers', { id: 'more', kind: 'spend', user: 'alice', currency: 'points', amount: 7 }),
  ).toMatchObject({ status: 422, body: { code: 'insufficient_balance' } });
  expect(
    await call('POST', '/v1/transfers', { id: 'none', kind: 'spend', user: 'nobody', currency: 'points', amount: 7 }),
  ).toMatchObject({ status: 404, body: { code: 'unknown_user' } });
  expect(
    await call('POST', '/v1/transfers', { id: 'gift', kind: 'spend', user: 'alice', currency: 'points', amount: 5 }),
  ).toMatchObject({ status: 409, body: { code: 'id_reused' } });
  expect(
    await call('POST', '/v1/transfers', {
      id: 'fix',
      kind: 'adjust',
      user: 'alice',
      currency: 'points',
      amount: -1,
      reason: 'a test',
    }),
  ).toMatchObject({ status: 201, body: { balance: 5 } });
  const audit = await call('GET', '/v1/audit');
  expect(audit.status).toBe(200);
  for (const action of ['catalog.apply', 'transfer.adjust']) expect(audit.text).toContain(`"${action}"`);
});

describe('bad input gets a clear error, and nothing of it stays', () => {
  const good = { type: 'quiz.completed', user: 'bad' };
  const deep = (levels: number): string =>
    `{"id":"deep","type":"quiz.completed","user":"bad","data":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`;
  const text = (value: unknown): string => JSON.stringify(value);
  const bodies: readonly (readonly [string, string, number, string | null])[] = [
    ['an empty array', '[]', 400, ''],
    ['1,001 events', text(Array.from({ length: 1_001 }, () => good)), 400, ''],
    ['JSON 1,000 levels deep', deep(1_000), 400, null],
    ['a NUL in a string', text({ ...good, data: { note: 'a\u0000b' } }), 400, '/data/note'],
    ['a NUL in a name', text({ ...good, data: { 'a\u0000': 1 } }), 400, null],
    ['half of a surrogate pair', '{"type":"quiz.completed","user":"\\ud800"}', 400, '/user'],
    ['a __proto__ key', '{"type":"quiz.completed","user":"bad","data":{"__proto__":{"x":1}}}', 400, '/data/__proto__'],
    ['a __proto__ at the top', '{"type":"quiz.completed","user":"bad","__proto__":{"x":1}}', 400, '/__proto__'],
    ['the year 0', text({ ...good, time: '0000-01-01T00:00:00Z' }), 400, '/time'],
    ['tomorrow', text({ ...good, time: new Date(Date.now() + 86_400_000).toISOString() }), 400, '/time'],
    ['not a time', text({ ...good, time: 'soon' }), 400, '/time'],
    ['a reserved type', text({ ...good, type: 'points.awarded' }), 400, '/type'],
    ['a number as a user', text({ ...good, user: 7 }), 400, '/user'],
    ['a field of the wrong type', text({ ...good, data: { score: 'nine' } }), 400, '/data/score'],
    ['no JSON', '{"type":', 400, null],
    ['nothing', '', 400, ''],
    ['null', 'null', 400, ''],
    ['a body of 10 MB', `{"type":"quiz.completed","user":"bad","data":{"x":"${'x'.repeat(10_000_000)}"}}`, 413, null],
    ['an event over 256 kB', text({ ...good, data: { x: 'x'.repeat(300_000) } }), 413, null],
  ];
  test.each(bodies)('%s', async (_, body, status, path) => {
    const answer = await call('POST', '/v1/events', body);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      expect.stringContaining('application/problem+json'),
    ]);
    expect(answer.body).toMatchObject({ code: expect.any(String), status });
    if (path !== null) expect(answer.body['path']).toBe(path);
  });

  test.each([
    ['0', '0'],
    ['1.5', '1.5'],
    ['NaN', 'NaN'],
    ['1e21', '1e21'],
    ['"10"', '"10"'],
    ['2^53', '9007199254740992'],
  ])('an amount of %s', async (_, amount) => {
    const answer = await call(
      'POST',
      '/v1/transfers',
      `{"id":"bad-${_.length}","kind":"award","user":"bad","currency":"points","amount":${amount}}`,
    );
    expect(answer).toMatchObject({ status: 400, body: { code: 'malformed' } });
    if (amount !== 'NaN') expect(answer.body['path']).toBe('/amount');
  });

  test.each([
    ['an unknown metric', 'boards:\n  - { id: b, metric: quizes }\n', /quizes/],
    ['a factor of −1', 'multipliers:\n  m: { factor: -1 }\n', /above 0|positive/],
    [
      'a rule that listens to what it emits',
      'rules:\n  - { id: r, on: points.awarded, award: { points: 1 } }\n',
      /listens to what it causes/,
    ],
    [
      'CEL with a type error',
      'rules:\n  - { id: r, on: quiz.completed, when: "event.data.score + \'a\' > 1", award: { points: 1 } }\n',
      /./,
    ],
    [
      'a misspelt field',
      "rules:\n  - { id: r, on: quiz.completed, when: 'event.data.scroe > 1', award: { points: 1 } }\n",
      /score/,
    ],
    [
      'matches',
      'rules:\n  - { id: r, on: quiz.completed, when: "event.type.matches(\'a+\')", award: { points: 1 } }\n',
      /matches/,
    ],
  ])('a catalog with %s', async (_, part, message) => {
    const head =
      'diana: 1\nname: faulty\ncurrencies: { points: { name: Points } }\nevents:\n  quiz.completed: { data: { score: integer } }\nmetrics:\n  quizzes: { count: quiz.completed }\n';
    for (const path of ['/v1/catalog/plan', '/v1/catalog']) {
      const answer = await call('POST', path, head + part, 'application/yaml');
      expect(answer).toMatchObject({ status: 422, body: { code: 'catalog_invalid' } });
      const errors = answer.body['errors'] as readonly {
        readonly line: number;
        readonly path: string;
        readonly message: string;
      }[];
      expect(errors.length).toBeGreaterThan(0);
      expect(errors.map((fault) => fault.message).join('\n')).toMatch(message);
      for (const fault of errors)
        expect(fault).toEqual({ line: expect.any(Number), path: expect.stringMatching(/./), message: expect.any(String) });
      expect(errors[0]?.line).toBeGreaterThan(7);
    }
    expect((await call('GET', '/v1/catalog')).body['source']).toContain('name: scenario');
  });

  test('a client that is gone in mid-body', async () => {
    const { port } = new URL(service.url);
    const before = await service.call('GET', '/metrics');
    expect(before.status).toBe(200);
    for (let n = 0; n < 20; n += 1) {
      const socket = createConnection(Number(port), '127.0.0.1');
      await once(socket, 'connect');
      socket.write(
        `POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${adminKey}\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{"id":"half-${n}","type":"quiz.completed"`,
      );
      socket.destroy();
    }
    expect(await call('GET', '/v1/events/half-1')).toMatchObject({ status: 404, body: { code: 'unknown_event' } });
    expect((await call('GET', '/livez')).status).toBe(200);
  });

  test('memory stays flat under it', async () => {
    const resident = async (): Promise<number> =>
      Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${service.pid}/status`, 'utf8'))?.[1]) / 1_024;
    const large = `{"type":"quiz.completed","user":"bad","data":{"x":"${'x'.repeat(4_000_000)}"}}`;
    const round = async (): Promise<void> => {
      for (let n = 0; n < 25; n += 1) {
        const answers = await Promise.all([
          call('POST', '/v1/events', large),
          call('POST', '/v1/events', deep(1_000)),
          call('POST', '/v1/events', `[${'{},'.repeat(999)}{}]`),
        ]);
        for (const { status } of answers) expect(status).toBeLessThan(500);
      }
    };
    await round();
    const warm = await resident();
    await round();
    await round();
    expect(await resident()).toBeLessThan(warm + 100);
  });

  test('nobody was created and nothing was earned by it', async () => {
    expect((await call('GET', '/v1/users/bad')).status).toBe(404);
  });
});

describe('beside the running service', () => {
  const environment = (): Record<string, string> => ({ DIANA_DATA_DIR: dataDirectory });

  test('a second one on the same directory is refused, and told what to do', async () => {
    const second = await stage.cli(['start'], environment());
    expect(second.code).toBe(1);
    expect(second.err).toMatch(/is in use by process \d+ .*DIANA_DATA_DIR/s);
    expect(second.err).not.toMatch(/\n\s+at /);
    expect((await call('GET', '/readyz')).status).toBe(200);
  });

  test('the commands work', async () => {
    const faulty = join(await stage.directory(), 'faulty.yaml');
    await writeFile(faulty, 'diana: 1\nname: x\nboards:\n  - { id: b, metric: none }\n');
    const [doctor, verify, key, plan, refused, apply] = [
      await stage.cli(['doctor', '--json'], environment()),
      await stage.cli(['verify', '--json'], environment()),
      await stage.cli(['keys', 'create', '--role', 'service', '--name', 'bot', '--json'], environment()),
      await stage.cli(['plan', CATALOG, '--json'], environment()),
      await stage.cli(['plan', faulty, '--json'], environment()),
      await stage.cli(['apply', CATALOG, '--json'], environment()),
    ];
    expect(doctor).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(doctor.out)).toMatchObject({
      place: { kind: 'embedded', where: dataDirectory },
      settings: { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' },
    });
    expect(verify.code).toBe(0);
    expect(JSON.parse(verify.out)).toMatchObject({ ok: true, faults: [] });
    const { token } = JSON.parse(key.out) as { token: string };
    const event = { id: 'by-bot', type: 'quiz.completed', user: 'alice' };
    expect(await service.call('POST', '/v1/events', event, { key: token })).toMatchObject({ status: 200 });
    expect(await service.call('GET', '/v1/audit', undefined, { key: token })).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    });
    expect(plan).toMatchObject({ code: 0 });
    expect(JSON.parse(plan.out)).toEqual({ changes: [] });
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.out)).toMatchObject({ error: 'catalog_invalid', errors: [{ line: 4, path: 'boards[0].metric' }] });
    expect(JSON.parse(apply.out)).toMatchObject({ applied: false });
  });

  test('what a command applies is in force in the service at once', async () => {
    const file = join(await stage.directory(), 'doubled.yaml');
    await writeFile(file, (await readFile(CATALOG, 'utf8')).replace('award: { points: 10 }', 'award: { points: 20 }'));
    const applied = await stage.cli(['apply', file, '--json'], environment());
    expect(applied.code).toBe(0);
    const { version } = JSON.parse(applied.out) as { version: number };
    const posted = await call('POST', '/v1/events', { id: 'doubled', type: 'quiz.completed', user: 'alice' });
    expect(posted.body).toMatchObject({ results: [{ catalogVersion: version, awards: [{ amount: 20 }] }] });
  });
});
