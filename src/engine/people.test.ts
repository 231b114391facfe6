import { expect, test } from 'vitest';
import { ADMIN, createTestEngine } from '../../test/support/engine.ts';
import { quietLog } from '../../test/support/log.ts';
import { dumpState } from '../../test/support/state.ts';
import { keyedDigest } from '../kernel/digest.ts';
import { createIds } from '../kernel/ids.ts';
import type { Database, Tx } from '../kernel/ports.ts';
import { systemRandomness } from '../platform/randomness.ts';
import { createCatalogs } from './catalogs.ts';
import { createPeople } from './people.ts';

test('somebody who comes with an event while they are put keeps what they earned', async () => {
  const bench = await createTestEngine(`
diana: 1
currencies: { points: {} }
metrics: { earned: { earned: points } }
rules: [{ id: a, on: a, award: { points: 10 } }]
boards: [{ id: weekly, metric: earned, period: week }]
`);
  try {
    const plain = bench.test.open();
    let looks = 0;
    // The user comes right behind the first look for a row to lock.
    const database: Database = {
      ...plain,
      transaction: (work) =>
        plain.transaction((tx) => {
          const query: Tx['query'] = async (statement, parameters) => {
            const rows = await tx.query(statement, parameters);
            if (statement.includes('for no key update') && (looks += 1) === 1)
              await bench.submit([{ id: 'e', type: 'a', user: 'ann' }]);
            return rows as never;
          };
          return work({ ...tx, query });
        }),
    };
    const [installation] = await plain.read<{ key: string }>(
      `select encode(digest_key, 'hex') as key from platform.installation`,
    );
    const people = createPeople({
      database,
      catalogs: await createCatalogs(plain, bench.clock, quietLog),
      clock: bench.clock,
      ids: createIds(bench.clock, systemRandomness),
      onErase: async () => undefined,
      digestOf: (user) => keyedDigest(installation?.key ?? '', ['user', user]),
      races: { refreshCatalog: async () => undefined, pause: async () => undefined },
    });
    expect(await people.put('ann', { name: 'Ann' }, ADMIN)).toEqual({ ok: true, value: { created: false } });
    expect(looks).toBeGreaterThan(1);
    await dumpState(bench.test.owner);
    const [row] = await bench.test.owner.unsafe('select state from engine.account');
    expect(row?.['state']).toMatchObject({ balances: { points: [10, 0, 10, 0, 1, expect.any(String)] } });
  } finally {
    await bench.close();
  }
});
