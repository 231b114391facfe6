import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { liveSecrets, newSecret, secretFault, signatureHeaders, type WebhookSecret } from './signature.ts';

const NOW = Date.UTC(2026, 2, 1, 12);
const SECONDS = NOW / 1_000;

/** Receivers hold the timestamp against their clock. */
beforeEach(() => void vi.useFakeTimers({ now: NOW, toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

const secretOf = (fill: number): string => newSecret(new Uint8Array(32).fill(fill));
const forEver = (secret: string): WebhookSecret => ({ secret, until: null });
const until = (secret: string, ms: number): WebhookSecret => ({ secret, until: new Date(ms).toISOString() });

function accepts(secret: string, body: string, headers: Readonly<Record<string, string>>): boolean {
  try {
    new Webhook(secret).verify(body, { ...headers }, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}

/** The text with one bit of one of its UTF-8 bytes turned. */
function flipped(text: string, place: number, bit: number): string {
  const bytes = Buffer.from(text, 'utf8');
  const at = place % bytes.length;
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  return bytes.toString('utf8');
}

describe('a signature', () => {
  it('is the one of the published example', () => {
    const body = '{"test": 2432232314}';
    const headers = signatureHeaders({
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampSeconds: 1_614_265_330,
      body,
      secrets: [forEver('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')],
    });
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  const message = fc.record({
    id: fc.stringMatching(/^[a-zA-Z0-9_-]{1,40}$/),
    key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    value: fc.jsonValue(),
  });

  it('is accepted by a receiver, and not once any one byte of what was sent is another', () => {
    const place = fc.nat();
    const bit = fc.integer({ min: 0, max: 7 });
    fc.assert(
      fc.property(message, place, bit, ({ id, key, value }, at, turned) => {
        const secret = newSecret(key);
        const body = JSON.stringify({ value });
        const headers = { ...signatureHeaders({ id, timestampSeconds: SECONDS, body, secrets: [forEver(secret)] }) };
        expect(accepts(secret, body, headers)).toBe(true);
        expect(accepts(secret, flipped(body, at, turned), headers)).toBe(false);
        for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const) {
          expect(accepts(secret, body, { ...headers, [name]: flipped(headers[name], at, turned) })).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('fails for each neighbouring second, though the receiver would believe it', () => {
    const secret = secretOf(1);
    const headers = signatureHeaders({ id: 'evt_1', timestampSeconds: SECONDS, body: '{}', secrets: [forEver(secret)] });
    for (const other of [SECONDS - 1, SECONDS + 1]) {
      expect(accepts(secret, '{}', { ...headers, 'webhook-timestamp': String(other) })).toBe(false);
    }
  });

  it('is of the UTF-8 bytes of the body', () => {
    const body = '{"name":"Ünïcode 🏆"}';
    const headers = signatureHeaders({ id: 'evt_1', timestampSeconds: SECONDS, body, secrets: [forEver(secretOf(1))] });
    expect(accepts(secretOf(1), body, { ...headers })).toBe(true);
  });

  it.each(['', 'a.b', 'a b', 'a\r\nb', 'ä'])('is not made for the id %j', (id) => {
    expect(() => signatureHeaders({ id, timestampSeconds: SECONDS, body: '{}', secrets: [forEver(secretOf(1))] })).toThrow(
      RangeError,
    );
  });

  it.each([1.5, -1, Number.NaN, Number.POSITIVE_INFINITY])('is not made for the timestamp %d', (timestampSeconds) => {
    expect(() => signatureHeaders({ id: 'evt_1', timestampSeconds, body: '{}', secrets: [forEver(secretOf(1))] })).toThrow(
      RangeError,
    );
  });
});

describe('a secret', () => {
  const sign = (secrets: readonly WebhookSecret[]): Readonly<Record<string, string>> => ({
    ...signatureHeaders({ id: 'evt_7', timestampSeconds: SECONDS, body: '{}', secrets }),
  });
  const [old, fresh, other] = [secretOf(1), secretOf(2), secretOf(3)];

  it('is replaced without a gap: receivers with the old, with the new and with both accept', () => {
    const headers = sign([until(old, NOW + 3_600_000), forEver(fresh)]);
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    expect(accepts(old, '{}', headers)).toBe(true);
    expect(accepts(fresh, '{}', headers)).toBe(true);
    expect(accepts(other, '{}', headers)).toBe(false);
  });

  it('signs nothing from its end on', () => {
    const secrets = [until(old, NOW), forEver(fresh)];
    expect(liveSecrets(secrets, NOW - 1)).toEqual(secrets);
    expect(liveSecrets(secrets, NOW)).toEqual([forEver(fresh)]);
    const headers = sign(secrets);
    expect(accepts(old, '{}', headers)).toBe(false);
    expect(accepts(fresh, '{}', headers)).toBe(true);
  });

  it('is needed: nothing is ever unsigned', () => {
    expect(() => sign([])).toThrow('no valid secret');
    expect(() => sign([until(old, NOW - 1)])).toThrow('no valid secret');
    expect(() => sign([forEver('whsec_')])).toThrow('24 to 64 bytes');
    expect(() => sign([{ secret: old, until: 'tomorrow' }])).toThrow('RFC 3339');
  });

  it.each([
    ['', 'begins with "whsec_"'],
    [Buffer.alloc(32, 1).toString('base64'), 'begins with "whsec_"'],
    ['WHSEC_AAAA', 'begins with "whsec_"'],
    ['whsec_not base64 at all, yet long enough', 'not base64'],
    [`whsec_${Buffer.alloc(32, 255).toString('base64url')}`, 'not base64'],
    [`whsec_${Buffer.alloc(32, 1).toString('base64').slice(0, -1)}`, 'not base64'],
    [`whsec_${Buffer.alloc(32, 1).toString('base64')}\n`, 'not base64'],
    ['whsec_', 'this one has 0'],
    [`whsec_${Buffer.alloc(23, 1).toString('base64')}`, 'this one has 23'],
    [`whsec_${Buffer.alloc(65, 1).toString('base64')}`, 'this one has 65'],
  ])('is not %j', (text, fault) => {
    expect(secretFault(text)).toContain(fault);
  });

  it('has 24 to 64 bytes; a new one has 32, all of which come from the caller', () => {
    for (const length of [24, 32, 64]) {
      expect(secretFault(`whsec_${Buffer.alloc(length, 7).toString('base64')}`)).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const secret = newSecret(bytes);
        expect(secretFault(secret)).toBeUndefined();
        expect(new Uint8Array(Buffer.from(secret.slice('whsec_'.length), 'base64'))).toEqual(bytes);
      }),
    );
    expect(() => newSecret(new Uint8Array(31))).toThrow(RangeError);
  });
});
