import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, createTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { readCatalogVersions } from '../../test/support/log-reader.ts';

const catalog = (amount: number): string => `
diana: 1
name: switching
currencies: { points: { name: Points } }
metrics: { earned: { earned: points } }
rules:
  - { id: step, on: 'game.*', award: { points: ${amount} } }
boards:
  - { id: weekly, metric: earned, period: week }
`;

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine(catalog(1), { maxBatch: 20 });
});
afterAll(() => engine.close());

test('positions are dense, in order of commit, and every fact stands behind its cause', async () => {
  const other = await engine.another();
  await Promise.all(
    Array.from({ length: 30 }, (_, n) => {
      const events = Array.from({ length: 7 }, (__, k) => ({
        id: `${n}-${k}`,
        type: 'game.step',
        user: `user-${(n * 7 + k) % 23}`,
      }));
      return n % 2 === 0 ? engine.submit(events) : other.submit(events, ADMIN);
    }),
  );
  const rows = await engine.test.owner.unsafe(
    'select position, cause, facts, account, xmin::text::bigint as xact from events.log order by position',
  );
  expect(rows.map((row) => Number(row['position']))).toEqual(rows.map((_, n) => n + 1));
  const [head] = await engine.test.owner.unsafe('select position from events.head');
  expect(Number(head?.['position'])).toBe(rows.length);
  for (const [n, row] of rows.entries()) {
    for (let behind = 1; behind <= Number(row['facts']); behind += 1) {
      const fact = rows[n + behind];
      expect(fact?.['cause']).not.toBeNull();
      expect(fact?.['account']).toBe(row['account']);
    }
  }
  // A transaction takes its positions in one piece: none is torn apart by another.
  const runs = rows.map((row) => String(row['xact'])).filter((xact, n, all) => xact !== all[n - 1]);
  expect(new Set(runs).size).toBe(runs.length);
  await other.drain();
});

test('a catalog that another process applies under load holds from its position on, exactly', async () => {
  const other = await engine.another();
  const submitted: Promise<unknown>[] = [];
  for (let round = 0; round < 12; round += 1) {
    for (let n = 0; n < 25; n += 1) {
      submitted.push(engine.submit([{ id: `load-${round}-${n}`, type: 'game.step', user: `user-${n}` }]));
    }
    if (round % 3 === 1) submitted.push(other.applyCatalog(catalog(100 + round), ADMIN));
    await submitted[submitted.length - 20];
  }
  await Promise.all(submitted);
  const { applied, effects } = await readCatalogVersions(engine.test.owner);
  expect(applied.length).toBeGreaterThanOrEqual(5);
  const inForce = (position: number): number => applied.findLast((entry) => entry.position <= position)?.version ?? 0;
  for (const { position, version } of effects) expect(`${position}: ${version}`).toBe(`${position}: ${inForce(position)}`);
  const amounts = await engine.test.owner.unsafe(
    `select distinct catalog_version as version, amount::int as amount from ledger.transfer order by 1`,
  );
  const sources = await engine.test.owner.unsafe('select version, source from catalog.version');
  for (const row of amounts) {
    const source = sources.find(({ version }) => version === row['version'])?.['source'];
    expect(source).toContain(`award: { points: ${String(row['amount'])} }`);
  }
  await other.drain();
});
