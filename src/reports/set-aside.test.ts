import { expect, test } from 'vitest';
import { ADMIN } from '../../test/support/engine.ts';
import { createTestReports } from '../../test/support/reports.ts';

test('what strictEvents refuses is kept to be looked at, counts for nothing, and can be sent again', async () => {
  const strict = (events: string): string =>
    `diana: 1\nstrictEvents: true\nevents: { ${events} }\nmetrics: { n: { count: '*' } }`;
  const bench = await createTestReports(strict('known.one: {}'));
  try {
    const event = (id: string, user: string, type = 's.q'): object => ({ id, user, type, data: { word: 'a "b"' } });
    const [first, known] = await bench.submit([event('1', 'ann'), event('k', 'bob', 'known.one')]);
    expect([first?.status, known?.status]).toEqual(['refused', 'accepted']);
    bench.clock.set('2026-11-21T12:00:01Z');
    await bench.submit([event('1', 'ann'), event('2', 'bob'), event('1', 'ann')]);
    bench.clock.set('2026-11-21T12:00:02Z');
    await bench.submit([event('3', 'bob', 's.other')]);
    const all = await bench.reports.setAside({ limit: 10 });
    expect(all).toEqual({
      events: [
        expect.objectContaining({ id: '3', type: 's.other', times: 1 }),
        expect.objectContaining({ id: expect.stringMatching('[12]') }),
        expect.objectContaining({ id: expect.stringMatching('[12]') }),
      ],
      cursor: null,
    });
    expect(all?.events.find(({ id }) => id === '1')).toEqual({
      id: '1',
      source: 'default',
      type: 's.q',
      user: 'ann',
      data: { word: 'a "b"' },
      receivedAt: '2026-11-21T12:00:01.000Z',
      times: 2,
    });
    const seen: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await bench.reports.setAside({ limit: 1, type: 's.q', ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...(page?.events ?? []).map(({ id }) => id));
      cursor = page?.cursor ?? null;
    }
    expect(seen.toSorted()).toEqual(['1', '2']);
    expect(await bench.reports.setAside({ limit: 1, cursor: 'x' })).toBeUndefined();

    await bench.engine.applyCatalog(strict('known.one: {}, s.q: {}'), ADMIN);
    expect(await bench.submit([event('1', 'ann')])).toMatchObject([{ status: 'accepted' }]);
    await bench.engine.eraseUser('bob', null, ADMIN);
    await bench.engine.eraseUser('ann', null, ADMIN);
    expect((await bench.reports.setAside({ limit: 10 }))?.events).toEqual([]);
  } finally {
    await bench.close();
  }
});
