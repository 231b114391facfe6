import { describe, expect, it } from 'vitest';
import { SCOPE } from '../kernel/conditions/scope.fixture.ts';
import { EXAMPLE } from './example.fixture.ts';
import { type Catalog, parseCatalog } from './index.ts';

function catalogOf(source: string): Catalog {
  const parsed = parseCatalog(source);
  return parsed.ok ? parsed.catalog : expect.fail(JSON.stringify(parsed.faults));
}

describe('a catalog without faults', () => {
  const catalog = catalogOf(EXAMPLE);

  it('has its settings', () => {
    expect(catalog).toMatchObject({ name: 'example', timezone: 'Europe/Berlin', rounding: 'half_even', strictEvents: true });
    expect(catalogOf('diana: 1')).toMatchObject({
      name: 'unnamed',
      timezone: 'UTC',
      rounding: 'floor',
      strictEvents: false,
      rules: [],
    });
    expect(catalogOf('diana: 1\nrules:\nmetrics:\n')).toMatchObject({ rules: [], metrics: [] });
  });

  it('has its currencies and events', () => {
    expect([...catalog.currencies.values()]).toEqual([
      {
        code: 'points',
        name: 'Points',
        overdraft: 'deny',
        adjust: 'refuse',
        reversal: 'refuse',
        expires: null,
        transfers: [],
        cap: [],
      },
      {
        code: 'gems',
        name: 'gems',
        overdraft: 'allow',
        adjust: 'allow',
        reversal: 'debt',
        expires: null,
        transfers: [],
        cap: [],
      },
      { code: 'xp', name: 'xp', overdraft: 'deny', adjust: 'refuse', reversal: 'refuse', expires: null, transfers: [], cap: [] },
    ]);
    expect(catalog.events.get('code.commit')).toEqual({
      type: 'code.commit',
      public: true,
      data: new Map([
        ['files', { type: 'integer', optional: false }],
        ['repo', { type: 'string', optional: false }],
        ['note', { type: 'string', optional: true }],
      ]),
    });
    expect(catalog.events.get('game.won')).toEqual({ type: 'game.won', public: false, data: null });
  });

  it('has its metrics, whose meaning is the text of their definition', () => {
    expect(catalog.metrics).toMatchObject([
      {
        source: { kind: 'events', on: 'code.commit' },
        name: 'commits',
        meaning: '{"count":"code.commit","when":"event.data.files>0"}',
      },
      {
        source: { kind: 'events', on: 'code.*' },
        name: 'files',
        when: null,
        meaning: '{"on":"code.*","sum":"event.data.files"}',
      },
      { source: { kind: 'earned', currency: 'points' }, name: 'earned', meaning: '{"earned":"points"}' },
    ]);
    const [commits, files] = catalog.metrics;
    expect(commits?.when?.evaluate(SCOPE)).toEqual({ ok: true, value: true });
    expect(files?.contribute(SCOPE)).toEqual({ ok: true, value: { amount: 10, member: null } });
    expect(files?.source.kind === 'events' && files.source.matches('code.review')).toBe(true);
  });

  it('has its multipliers', () => {
    expect(catalog.multipliers).toMatchObject([
      { id: 'vip', factor: 1.5, from: null, to: null },
      { id: 'weekend', factor: 2, when: null, from: Date.UTC(2026, 11, 5), to: Date.UTC(2026, 11, 6, 23) },
      { id: 'level', when: null },
    ]);
  });

  it('has its rules, with all multipliers where they name none', () => {
    const [commit, correction, bonus] = catalog.rules;
    expect(commit).toMatchObject({
      id: 'commit',
      on: 'code.commit',
      adjusts: [],
      limits: [{ kind: 'calendar', max: 20, per: 'day' }],
    });
    expect(commit?.awards[0]).toEqual({ currency: 'points', amount: 10 });
    expect(commit?.multipliers.map(({ id }) => id)).toEqual(['vip']);
    expect(correction?.adjusts[0]).toEqual({ currency: 'points', amount: -5 });
    expect(correction?.multipliers.map(({ id }) => id)).toEqual(['vip', 'weekend', 'level']);
    expect(correction?.limits).toEqual([
      { kind: 'sliding', max: 1, window: 60_000 },
      { kind: 'sliding', max: 5, window: 90_000 },
      { kind: 'calendar', max: 7, per: 'month' },
    ]);
    expect(bonus?.multipliers).toEqual([]);
    expect(bonus?.matches('board.closed')).toBe(true);
  });

  it('has its boards', () => {
    const plain = { rewards: [], leagues: null };
    expect(catalog.boards).toEqual([
      expect.objectContaining({
        id: 'weekly',
        key: 'weekly',
        metric: 'earned',
        period: 'week',
        order: 'desc',
        ties: 'first',
        rewards: [
          { first: 1, last: 1, award: { points: 500, xp: 5 } },
          { first: 2, last: 10, award: { points: 100 } },
          { top: 12.5, award: { points: 10 } },
        ],
        leagues: { tiers: ['bronze', 'silver'], size: 30, promote: 7, relegate: 5 },
      }),
      expect.objectContaining({ id: 'slow', key: 'slow', metric: 'files', period: 'all', order: 'asc', ties: 'dense', ...plain }),
      {
        id: 'friday',
        key: 'friday',
        metric: 'files',
        period: { kind: 'cron', cron: '0 18 * * 5' },
        order: 'desc',
        ties: 'first',
        zone: 'Europe/Berlin',
        by: null,
        record: [],
        ...plain,
      },
      {
        id: 'seasons',
        key: 'seasons',
        metric: 'files',
        period: {
          kind: 'seasons',
          seasons: [
            { name: 'autumn', from: Date.parse('2026-08-31T15:00:00Z'), to: Date.parse('2026-11-30T15:00:00Z') },
            { name: '2026-advent', from: Date.parse('2026-12-01T00:00:00Z'), to: Date.parse('2026-12-24T18:00:00Z') },
          ],
        },
        order: 'desc',
        ties: 'first',
        zone: 'Asia/Tokyo',
        by: null,
        record: [],
        ...plain,
      },
    ]);
    const [weekly, slow] = catalog.boards;
    expect(weekly).toMatchObject({ zone: null, by: null, record: [] });
    expect(slow).toMatchObject({ zone: 'Asia/Tokyo', by: { source: 'event.data.repo' } });
    expect(slow?.record).toMatchObject([{ name: 'note', value: { source: 'event.data.note' } }]);
  });

  it('may be JSON, and may use anchors', () => {
    expect(
      catalogOf('{"diana": 1, "currencies": {"points": {}}, "rules": [{"id": "a", "on": "b", "award": {"points": 10.0}}]}')
        .rules[0]?.awards,
    ).toEqual([{ currency: 'points', amount: 10 }]);
    const anchored = catalogOf(
      'diana: 1\ncurrencies: { p: }\nrules:\n  - { id: a, on: x, award: &ten { p: 10 } }\n  - { id: b, on: y, award: *ten }\n',
    );
    expect(anchored.rules[1]?.awards).toEqual([{ currency: 'p', amount: 10 }]);
  });

  it('a wildcard does not listen to what Diana announces', () => {
    const catalog = catalogOf(
      'diana: 1\ncurrencies: { p: }\nmetrics: { all: { count: "*" } }\nrules: [{ id: any, on: "*", award: { p: 1 } }]',
    );
    expect(catalog.rules[0]?.matches('points.awarded')).toBe(false);
    expect(catalog.rules[0]?.matches('code.commit')).toBe(true);
    const [all] = catalog.metrics;
    expect(all?.source.kind === 'events' && all.source.matches('level.reached')).toBe(false);
  });

  it('fields are known where every type that matches declares them', () => {
    const events = 'events: { a.one: { data: { n: integer, s: string } }, a.two: { data: { n: string } } }';
    const metric = (when: string, strict: boolean): boolean =>
      parseCatalog(`diana: 1\nstrictEvents: ${strict}\n${events}\nmetrics: { m: { count: 'a.*', when: '${when}' } }`).ok;
    expect(metric('event.data.s == "x"', true)).toBe(true);
    expect(metric('event.data.n == 1 || event.data.n == "x"', true)).toBe(true);
    expect(metric('event.data.zzz == 1', true)).toBe(false);
    expect(metric('event.data.zzz == 1', false)).toBe(true);
  });

  it('names of JavaScript are names like others', () => {
    const catalog = catalogOf(
      'diana: 1\ncurrencies: { constructor: }\nmetrics: { tostring: { earned: constructor } }\nboards: [{ id: valueof, metric: tostring }]',
    );
    expect(catalog.currencies.get('constructor')?.code).toBe('constructor');
  });
});
