import { describe, expect, test } from 'vitest';
import type { BusEvent } from './model.ts';
import { entryFields, markKey, partitionOf, streamKey } from './relay-keys.ts';

describe('the partition of an account', () => {
  // For whoever implements it in another language. The first three are from the draft of Fowler, Noll and Vo.
  test.each([
    ['', 0x811c9dc5, 5],
    ['a', 0xe40c292c, 12],
    ['foobar', 0xbf9cf968, 8],
    ['acc_0123456789', 0x8b0adb44, 4],
    ['Zoë', 0xc2a2bddc, 12],
    ['日本', 0x9f26ee51, 1],
    ['🦊', 0x0e130b58, 8],
  ])('%j hashes to %i, of sixteen partitions that is %i', (account, hash, partition) => {
    expect(partitionOf(account, 2 ** 32)).toBe(hash);
    expect(partitionOf(account, 16)).toBe(partition);
  });

  test('what is about nobody has the first one', () => {
    expect(partitionOf(null, 16)).toBe(0);
  });

  test('accounts spread evenly', () => {
    const counts = Array.from({ length: 12 }, () => 0);
    for (let i = 0; i < 12_000; i += 1) {
      const partition = partitionOf(`acc_${i}`, counts.length);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    // Five standard deviations around 1,000.
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});

test('stream and mark share their hash tag', () => {
  expect(streamKey('diana', 3)).toBe('{diana:3}:events');
  expect(markKey('diana', 3)).toBe('{diana:3}:mark');
});

const EVENT: BusEvent = {
  id: 'order-1',
  source: 'shop',
  type: 'order.paid',
  user: 'zoe',
  account: 'acc_1',
  time: '2025-03-01T10:00:00.000Z',
  data: { total: 12.5, items: ['tea', 'Käse'] },
  correlationId: 'order-1',
  causationId: 'cart-9',
  position: 42,
  recordedAt: '2025-03-01T10:00:00.100Z',
};

test('an entry holds the whole event', () => {
  const { data: _, position: __, ...texts } = EVENT;
  const fields = { ...texts, data: '{"total":12.5,"items":["tea","Käse"]}', position: '42' };
  const pairs = entryFields(EVENT).flatMap((name, i, all) => (i % 2 === 0 ? [[name, all[i + 1]]] : []));
  expect(Object.fromEntries(pairs)).toEqual(fields);
  expect(pairs).toHaveLength(11);
});

test('what an event does not have is empty', () => {
  const fields = entryFields({ ...EVENT, user: null, account: null, causationId: null });
  for (const name of ['user', 'account', 'causationId']) expect(fields[fields.indexOf(name) + 1]).toBe('');
});
