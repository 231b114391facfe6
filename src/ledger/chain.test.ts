import { expect, test } from 'vitest';
import { commitReason, entryHash } from './chain.ts';
import { GENESIS, type TransferDraft } from './model.ts';

const draft: TransferDraft = {
  id: '0193a1b2-0000-8000-a000-000000000001',
  kind: 'transfer',
  currency: 'points',
  debit: 7,
  credit: 8,
  amount: 10,
  occurredAt: 1_700_000_000_000,
  recordedAt: 1_700_000_000_001,
  cause: '00000000-0000-0000-0000-00000000000c',
  rule: 'rule',
  catalogVersion: 1,
  actor: 'key_a',
  reasonCommitment: 'f'.repeat(64),
};
const entry = { number: 1, balance: 10 };
const base = entryHash(GENESIS, draft, 'credit', entry);

test('a hash has 64 hex digits and is the same for the same entry', () => {
  expect(base).toMatch(/^[0-9a-f]{64}$/);
  expect(entryHash(GENESIS, { ...draft }, 'credit', { ...entry })).toBe(base);
});

test.each<readonly [string, Partial<TransferDraft>]>([
  ['id', { id: '0193a1b2-0000-8000-a000-000000000002' }],
  ['kind', { kind: 'award' }],
  ['currency', { currency: 'point' }],
  ['debit', { debit: 9 }],
  ['credit', { credit: 9 }],
  ['amount', { amount: 11 }],
  ['occurredAt', { occurredAt: 1_700_000_000_001 }],
  ['recordedAt', { recordedAt: 1_700_000_000_002 }],
  ['cause', { cause: '00000000-0000-0000-0000-00000000000d' }],
  ['rule', { rule: null }],
  ['catalogVersion', { catalogVersion: 2 }],
  ['actor', { actor: null }],
  ['reasonCommitment', { reasonCommitment: null }],
  ['reverses', { reverses: '0193a1b2-0000-8000-a000-000000000009' }],
])('every field is in it: %s', (_, other) => {
  expect(entryHash(GENESIS, { ...draft, ...other }, 'credit', entry)).not.toBe(base);
});

test('an entry that takes nothing back has the hash that it had before there were reversals', () => {
  expect(base).toBe('95416074f6f4b2ccbe8ac08c6a49ec7ac25da7ece277339ffebc08741d319d11');
});

test('so are the entry before, the side, the number and the balance', () => {
  const others = [
    entryHash('1'.repeat(64), draft, 'credit', entry),
    entryHash(GENESIS, draft, 'debit', entry),
    entryHash(GENESIS, draft, 'credit', { ...entry, number: 2 }),
    entryHash(GENESIS, draft, 'credit', { ...entry, balance: 11 }),
  ];
  expect(new Set([base, ...others]).size).toBe(5);
});

test('text does not flow from one field into the next, and nothing is not an empty text', () => {
  const of = (rule: string | null, actor: string | null): string =>
    entryHash(GENESIS, { ...draft, rule, actor }, 'credit', entry);
  expect(new Set([of('ab', 'c'), of('a', 'bc'), of('abc', ''), of('', 'abc'), of(null, 'abc'), of('abc', null)]).size).toBe(6);
  expect(of('a|b', 'c')).not.toBe(of('a', 'b|c'));
});

test('a commitment tells nothing without its nonce, and holds to one reason', () => {
  const [one, two] = ['1'.repeat(64), '2'.repeat(64)];
  expect(commitReason(one, 'because')).toBe(commitReason(one, 'because'));
  expect(commitReason(one, 'because')).not.toBe(commitReason(two, 'because'));
  expect(commitReason(one, 'because')).not.toBe(commitReason(one, 'because '));
});
