import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts';
import type { Database } from '../kernel/ports.ts';
import { systemRandomness } from '../platform/randomness.ts';
import { type Access, type Actor, createAccess, type NewKey, revokeKeysOf } from './index.ts';
import { RECOGNITION_TTL } from './recognition.ts';

const ADMIN: Actor = { id: 'key_test', role: 'admin', account: null };

let fixture: TestDatabase;
let access: Access;
let time = 0;
const clock = { now: () => time };
const open = (database: Database): Access => createAccess({ database, randomness: systemRandomness, clock });

beforeAll(async () => {
  fixture = await createTestDatabase();
});
afterAll(async () => {
  await fixture.drop();
});
beforeEach(async () => {
  await fixture.owner`delete from access.key`;
  time += RECOGNITION_TTL + 1;
  access = open(fixture.database);
});

async function create(input: NewKey = { role: 'service', name: 'bot' }, reason: string | null = null) {
  const outcome = await access.createKey(input, ADMIN, reason);
  if (!outcome.ok) throw new Error(outcome.refusal.message);
  return outcome.value;
}

describe('a key', () => {
  test('opens the door to whom it was made for, and is stored as a hash only', async () => {
    const { key, token } = await create({ role: 'client', name: 'app', account: 7 });
    expect(token).toMatch(/^diana_client_[0-9a-f]{16}_[0-9a-f]{64}$/);
    expect(await access.authenticate(token)).toEqual({ id: key.id, role: 'client', account: 7 });
    const rows = await fixture.owner`select id, encode(hash, 'hex') as hash from access.key`;
    const secret = token.split('_').at(-1) ?? '';
    expect(JSON.stringify(rows)).not.toContain(secret);
  });

  test('does not open it when a single character differs, or the role is another', async () => {
    const { token } = await create();
    const last = token.at(-1) === '0' ? '1' : '0';
    for (const wrong of [
      token.slice(0, -1) + last,
      token.replace('service', 'admin'),
      token.slice(0, -1),
      '',
      'x'.repeat(10_000),
      `${token}\u0000`,
    ]) {
      expect(await access.authenticate(wrong)).toBeUndefined();
    }
  });

  test('is found in memory for a while, so that revoking elsewhere takes effect within that while', async () => {
    const { key, token } = await create();
    expect(await access.authenticate(token)).toBeDefined();
    const elsewhere = open(fixture.open());
    expect((await elsewhere.revokeKey(key.id, ADMIN, null))?.revokedAt).not.toBeNull();
    time += RECOGNITION_TTL - 1;
    expect(await access.authenticate(token)).toBeDefined();
    time += 1;
    expect(await access.authenticate(token)).toBeUndefined();
  });

  test('ends at once in the process that revokes it, once and for all', async () => {
    const { key, token } = await create();
    await access.authenticate(token);
    const revoked = await access.revokeKey(key.id, ADMIN, 'leaked');
    expect(await access.authenticate(token)).toBeUndefined();
    expect(await access.revokeKey(key.id, ADMIN, 'again')).toEqual(revoked);
    expect(await access.revokeKey('key_0', ADMIN, null)).toBeUndefined();
    const [latest] = await access.listAudit({ limit: 1 });
    expect(latest).toMatchObject({
      action: 'key.revoked',
      target: key.id,
      actor: 'key_test',
      reason: 'leaked',
      before: { revokedAt: null },
    });
  });

  test('is asked for once, however many come with it at the same time', async () => {
    const { token } = await create();
    let reads = 0;
    const counting: Database = {
      ...fixture.database,
      read: (statement, parameters) => {
        reads += 1;
        return fixture.database.read(statement, parameters);
      },
    };
    const other = open(counting);
    const actors = await Promise.all(Array.from({ length: 50 }, () => other.authenticate(token)));
    expect(new Set(actors).size).toBe(1);
    expect(await other.authenticate('wrong')).toBeUndefined();
    expect(await other.authenticate('wrong')).toBeUndefined();
    expect(reads).toBe(2);
  });

  test.each(['', 'x'.repeat(201), 'a\u0000b', '\ud800'])('needs a name that can be stored', async (name) => {
    expect(await access.createKey({ role: 'service', name }, ADMIN, null)).toMatchObject({
      ok: false,
      refusal: { code: 'malformed', path: '/name' },
    });
  });

  test('of a person who is erased ends in the same transaction', async () => {
    const { token } = await create({ role: 'client', name: 'app', account: 9 });
    await create({ role: 'client', name: 'other', account: 10 });
    await fixture.database.transaction((tx) => revokeKeysOf(tx, 9, ADMIN));
    expect(await open(fixture.database).authenticate(token)).toBeUndefined();
    const keys = await access.listKeys({ limit: 10 });
    expect(keys.map(({ account, revokedAt }) => [account, revokedAt !== null]).toSorted()).toEqual([
      [10, false],
      [9, true],
    ]);
  });

  test('stands in a list, newest first, a page at a time', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) await create({ role: 'service', name });
    const seen: string[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await access.listKeys({ limit: 2, ...(after === undefined ? {} : { after }) });
      if (page.length === 0) break;
      seen.push(...page.map(({ name }) => name));
      after = page.at(-1)?.id;
    }
    expect(seen).toEqual(names.toReversed());
  });
});

describe('the first start', () => {
  test('makes one admin key, and only one, though two processes start at once', async () => {
    const found = await Promise.all([access.ensureAdminKey(undefined), open(fixture.open()).ensureAdminKey(undefined)]);
    expect(found.map(({ state }) => state).toSorted()).toEqual(['created', 'present']);
    const created = found.find((one) => one.state === 'created');
    expect(await access.authenticate(created?.token ?? '')).toMatchObject({ role: 'admin' });
  });

  test('makes another one when all admin keys are revoked', async () => {
    const first = await access.ensureAdminKey(undefined);
    if (first.state === 'created') await access.revokeKey(first.id, ADMIN, null);
    expect((await access.ensureAdminKey(undefined)).state).toBe('created');
  });

  test.each(['correct horse battery staple', 'schlüssel-über-alles', `diana_admin_${'0'.repeat(16)}_${'1'.repeat(64)}`])(
    'takes the key that the operator gives exactly as it is',
    async (given) => {
      expect(await access.ensureAdminKey(given)).toEqual({ state: 'given' });
      expect(await access.ensureAdminKey(given)).toEqual({ state: 'given' });
      expect(await access.authenticate(given)).toMatchObject({ role: 'admin' });
      expect(await access.authenticate(`${given} `)).toBeUndefined();
      expect(await access.ensureAdminKey(undefined)).toEqual({ state: 'present' });
    },
  );

  test('replaces the given key by another one, and a revoked one stays revoked until then', async () => {
    await access.ensureAdminKey('the first given key');
    await access.ensureAdminKey('the second given key');
    expect(await access.authenticate('the first given key')).toBeUndefined();
    const actor = await access.authenticate('the second given key');
    await access.revokeKey(actor?.id ?? '', ADMIN, null);
    expect(await access.ensureAdminKey('the second given key')).toEqual({ state: 'revoked' });
    expect(await access.authenticate('the second given key')).toBeUndefined();
    expect(await access.ensureAdminKey('the third given key')).toEqual({ state: 'given' });
    expect(await access.authenticate('the third given key')).toBeDefined();
  });

  test.each(['too short', 'x'.repeat(513), ' begins with a blank', 'has a\nline break in it'])(
    'refuses a given key that no header carries',
    async (given) => {
      await expect(access.ensureAdminKey(given)).rejects.toThrow(RangeError);
    },
  );
});

describe('the audit log', () => {
  test('has a row for each key that is made, without the secret, and goes with its transaction', async () => {
    const { key, token } = await create({ role: 'client', name: 'app', account: 7 }, 'for the app');
    const [latest] = await access.listAudit({ limit: 1 });
    expect(latest).toMatchObject({
      actor: 'key_test',
      action: 'key.created',
      target: key.id,
      before: null,
      after: { role: 'client', name: 'app', account: 'acct_7', revokedAt: null },
      reason: 'for the app',
    });
    expect(JSON.stringify(latest)).not.toContain(token.split('_').at(-1));
  });

  test('is read newest first, a page at a time, and cannot be changed', async () => {
    for (let i = 0; i < 5; i += 1)
      await access.recordDeed(ADMIN, { action: 'test', target: String(i), before: { i }, after: null, reason: null });
    const first = await access.listAudit({ limit: 3 });
    const second = await access.listAudit({ limit: 2, before: first.at(-1)?.id ?? 0 });
    expect([...first, ...second].map(({ target }) => target)).toEqual(['4', '3', '2', '1', '0']);
    expect(first[0]).toMatchObject({ before: { i: 4 }, after: null });
    expect(first[0]?.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    await expect(fixture.database.transaction((tx) => tx.query(`delete from access.audit`))).rejects.toThrow();
  });
});
