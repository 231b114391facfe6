import { Compile } from 'typebox/compile';
import { afterEach, describe, expect, test } from 'vitest';
import { acceptedResult, refusedResult, type StubbedHttp, startStubbedHttp } from '../../../test/support/stubbed-http.ts';
import type { Actor } from '../../access/index.ts';
import type { EventResult } from '../../engine/index.ts';
import { DatabaseUnavailable } from '../../kernel/ports.ts';
import { EventResultsOut } from './event-schemas.ts';
import type { HttpDependencies } from './port.ts';

let http: StubbedHttp | undefined;
afterEach(async () => {
  await http?.close();
  http = undefined;
});

/** A server whose engine answers with `decide` for each event, and remembers what it was asked. */
async function serve(
  decide: (event: unknown, index: number) => EventResult,
): Promise<{ http: StubbedHttp; asked: { event: unknown; actor: Actor }[] }> {
  const asked: { event: unknown; actor: Actor }[] = [];
  const engine = {
    submit: async (events: readonly unknown[], actor: Actor) => {
      for (const event of events) asked.push({ event, actor });
      return events.map(decide);
    },
  } as Partial<HttpDependencies['engine']>;
  http = await startStubbedHttp({ engine: engine as HttpDependencies['engine'] });
  return { http, asked };
}

const EVENT = { type: 'code.commit', user: 'ada' };

describe('POST /v1/events', () => {
  test('one event is answered with one result, in the shape that the API description tells', async () => {
    const { http, asked } = await serve((_, index) => acceptedResult(`e${index}`));
    const answer = await http.call('POST', '/v1/events', { key: 'service-key', body: EVENT });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.body).toEqual({ results: [acceptedResult('e0')] });
    expect(Compile(EventResultsOut).Check(answer.body)).toBe(true);
    expect(asked).toEqual([{ event: EVENT, actor: { id: 'key_service', role: 'service', account: null } }]);
  });

  test('the actor of a client key goes on to the engine, which decides what it may send', async () => {
    const { http, asked } = await serve(() => refusedResult('forbidden', '/user'));
    const answer = await http.call('POST', '/v1/events', { key: 'client-key', body: EVENT });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ code: 'forbidden', path: '/user' });
    expect(asked[0]?.actor).toEqual({ id: 'key_client', role: 'client', account: 1 });
  });

  test.each([
    ['malformed', 400],
    ['invalid_time', 400],
    ['reserved_type', 400],
    ['invalid_data', 400],
    ['too_large', 413],
    ['forbidden', 403],
    ['busy', 503],
    ['unavailable', 503],
  ] as const)('a single event refused as %s is a problem of status %i', async (code, status) => {
    const { http } = await serve(() => refusedResult(code, '/time'));
    const answer = await http.call('POST', '/v1/events', { body: EVENT });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ code, status, type: `/problems/${code}`, detail: `because of ${code}`, path: '/time' });
    expect(answer.headers.has('retry-after')).toBe(status === 503);
  });

  test.each(['id_reused', 'unknown_type', 'internal_error', 'limit_reached'] as const)(
    'a single event refused as %s is a result: bad input never gives 5xx',
    async (code) => {
      const { http } = await serve(() => refusedResult(code));
      const answer = await http.call('POST', '/v1/events', { body: EVENT });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ results: [refusedResult(code)] });
    },
  );

  test('in an array each event stands alone', async () => {
    const { http } = await serve((_, index) => (index === 1 ? refusedResult('malformed', '/user') : acceptedResult(`e${index}`)));
    const answer = await http.call('POST', '/v1/events', { body: [EVENT, {}, EVENT] });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ results: [acceptedResult('e0'), refusedResult('malformed', '/user'), acceptedResult('e2')] });
  });

  test.each([
    ['busy', 503],
    ['unavailable', 503],
    ['malformed', 200],
  ] as const)('an array that is refused as %s throughout has status %i', async (code, status) => {
    const { http } = await serve(() => refusedResult(code));
    const answer = await http.call('POST', '/v1/events', { body: [EVENT, EVENT] });
    expect(answer.status).toBe(status);
    expect(answer.headers.has('retry-after')).toBe(status === 503);
  });

  test.each([0, 1_001])('an array of %i events is malformed as a whole', async (count) => {
    const { http, asked } = await serve(() => acceptedResult('e'));
    const answer = await http.call('POST', '/v1/events', { body: Array.from({ length: count }, () => EVENT) });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'malformed', detail: `an array holds 1 to 1000 events, not ${count}` });
    expect(asked).toEqual([]);
  });

  test('nothing at all is malformed', async () => {
    const { http } = await serve(() => acceptedResult('e'));
    expect((await http.call('POST', '/v1/events')).status).toBe(400);
    expect((await http.call('POST', '/v1/events', { body: '' })).status).toBe(400);
  });

  test('a database that is away is 503, and an outcome that is not known says so', async () => {
    http = await startStubbedHttp({
      engine: {
        submit: () => Promise.reject(new DatabaseUnavailable('secret host', 'unknown')),
      } as unknown as HttpDependencies['engine'],
    });
    const answer = await http.call('POST', '/v1/events', { body: EVENT });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(answer.body).toMatchObject({ code: 'unavailable', retryable: true });
    expect(answer.text).not.toContain('secret host');
  });
});

describe('CloudEvents', () => {
  const cloudEvent = { specversion: '1.0', id: '1', source: '/git', type: 'code.commit', subject: 'ada' };
  const structured = 'application/cloudevents+json; charset=utf-8';
  const batch = 'application/cloudevents-batch+json';

  test('subject is the user and correlationid the correlation; other attributes are not kept', async () => {
    const { http, asked } = await serve(() => acceptedResult('1'));
    const time = '2026-11-21T10:00:00+01:00';
    const body = {
      ...cloudEvent,
      time,
      data: { files: 2 },
      correlationid: 'c',
      datacontenttype: 'application/json',
      traceparent: 't',
    };
    const answer = await http.call('POST', '/v1/events', { body, type: structured });
    expect(answer.status).toBe(200);
    expect(asked[0]?.event).toEqual({
      id: '1',
      source: '/git',
      type: 'code.commit',
      user: 'ada',
      time,
      data: { files: 2 },
      correlationId: 'c',
    });
  });

  test.each([
    [{ ...cloudEvent, specversion: '0.3' }, '/specversion'],
    [{ ...cloudEvent, id: undefined }, '/id'],
    [{ ...cloudEvent, source: undefined }, '/source'],
    [{ ...cloudEvent, type: undefined }, '/type'],
    [{ ...cloudEvent, subject: undefined }, '/subject'],
    [{ ...cloudEvent, subject: null }, '/subject'],
    [{ ...cloudEvent, data_base64: 'AA==' }, '/data_base64'],
    [{ ...cloudEvent, datacontenttype: 'text/xml' }, '/datacontenttype'],
  ])('an envelope that cannot be read names what is wrong', async (body, path) => {
    const { http, asked } = await serve(() => acceptedResult('1'));
    const answer = await http.call('POST', '/v1/events', { body, type: structured });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'malformed', path });
    expect(asked).toEqual([]);
  });

  test('faults that the engine finds are told in the names of a CloudEvent', async () => {
    const { http } = await serve(() => refusedResult('malformed', '/user'));
    const answer = await http.call('POST', '/v1/events', { body: { ...cloudEvent, subject: ' ' }, type: structured });
    expect(answer.body).toMatchObject({ path: '/subject' });
  });

  test('in a batch, results stay in order around envelopes that cannot be read', async () => {
    const { http } = await serve((event) => acceptedResult((event as { id: string }).id));
    const body = [{ ...cloudEvent, id: 'a' }, { id: 'b' }, { ...cloudEvent, id: 'c' }];
    const answer = await http.call('POST', '/v1/events', { body, type: batch });
    expect(answer.status).toBe(200);
    const results = answer.body['results'] as EventResult[];
    expect(results.map(({ id, status }) => [id, status])).toEqual([
      ['a', 'accepted'],
      ['b', 'refused'],
      ['c', 'accepted'],
    ]);
  });

  test('a batch is an array, a structured event is none', async () => {
    const { http } = await serve(() => acceptedResult('1'));
    expect((await http.call('POST', '/v1/events', { body: cloudEvent, type: batch })).status).toBe(400);
    expect((await http.call('POST', '/v1/events', { body: [cloudEvent], type: structured })).status).toBe(400);
    expect((await http.call('POST', '/v1/events', { body: [], type: batch })).status).toBe(400);
  });

  test.each([
    ['Application/CloudEvents-Batch+json', [cloudEvent]],
    ['APPLICATION/CLOUDEVENTS+JSON; charset=utf-8', cloudEvent],
  ])('the media type %s is known in any case', async (type, body) => {
    const { http, asked } = await serve(() => acceptedResult('1'));
    expect((await http.call('POST', '/v1/events', { body, type })).status).toBe(200);
    expect(asked[0]?.event).toMatchObject({ user: 'ada' });
  });
});

describe('what is refused before the engine sees it is counted', () => {
  const envelope = { specversion: '1.0', id: '1', source: '/git', type: 'code.commit', subject: 'ada' };
  const batch = 'application/cloudevents-batch+json';

  async function refusalsOf(path: string, body: unknown, type?: string): Promise<readonly string[]> {
    const refusals: string[] = [];
    http = await startStubbedHttp({
      metrics: {
        render: async () => ({ contentType: 'text/plain', body: '' }),
        observeRequest: () => undefined,
        refusal: (code) => void refusals.push(code),
      },
    });
    await http.call('POST', path, { body, ...(type === undefined ? {} : { type }) });
    return refusals;
  }

  test.each<[string, string, unknown, string | undefined, readonly string[]]>([
    ['a body that is no JSON', '/v1/events', '{', undefined, ['malformed']],
    ['a transfer that is no JSON', '/v1/transfers', '{', undefined, ['malformed']],
    ['a body that is nested too deeply', '/v1/events', '['.repeat(100), undefined, ['malformed']],
    ['a body that is too large', '/v1/events', `"${'x'.repeat(6_000_000)}"`, undefined, ['too_large']],
    ['no event', '/v1/events', [], undefined, ['malformed']],
    ['too many events', '/v1/events', Array.from({ length: 1_001 }, () => EVENT), undefined, ['malformed']],
    ['no body', '/v1/events', '', undefined, ['malformed']],
    ['a batch that is no array', '/v1/events', envelope, batch, ['malformed']],
    ['two envelopes of three', '/v1/events', [{}, envelope, { ...envelope, type: null }], batch, ['malformed', 'malformed']],
    ['nothing wrong', '/v1/events', EVENT, undefined, []],
    ['no event and no transfer', '/v1/keys', '{', undefined, []],
  ])('%s', async (_, path, body, type, refusals) => {
    expect(await refusalsOf(path, body, type)).toEqual(refusals);
  });
});
