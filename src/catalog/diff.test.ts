import { describe, expect, it } from 'vitest';
import { EXAMPLE } from './example.fixture.ts';
import { type Catalog, diffCatalogs, EMPTY_CATALOG, parseCatalog } from './index.ts';

function catalogOf(source: string): Catalog {
  const parsed = parseCatalog(source);
  return parsed.ok ? parsed.catalog : expect.fail(JSON.stringify(parsed.faults));
}

const example = catalogOf(EXAMPLE);
const changed = (from: string, to: string): Catalog => catalogOf(EXAMPLE.replace(from, to));

describe('what a catalog would change', () => {
  it('is nothing where it means the same', () => {
    expect(diffCatalogs(example, example)).toEqual([]);
    expect(diffCatalogs(example, changed('name: example', '# a comment\nname:   "example"'))).toEqual([]);
    expect(diffCatalogs(EMPTY_CATALOG, EMPTY_CATALOG)).toEqual([]);
  });

  it('is everything where there was none', () => {
    const changes = diffCatalogs(null, example);
    expect(changes.every(({ change, before }) => change === 'added' && before === null)).toBe(true);
    expect(changes.map(({ noun }) => noun)).toEqual(
      expect.arrayContaining(['settings', 'currencies', 'events', 'metrics', 'multipliers', 'rules', 'boards']),
    );
  });

  it('tells what becomes of points', () => {
    const of = (currency: string) => {
      const [change] = diffCatalogs(EMPTY_CATALOG, catalogOf(`diana: 1\ncurrencies: { p: ${currency} }`)).filter(
        ({ noun }) => noun === 'currencies',
      );
      return change?.after;
    };
    expect(of('{ expires: { after: P1Y6M, warn: P30D }, cap: [{ max: 5, per: day }, { max: 20, per: week }] }')).toBe(
      'name "p", expires after P1Y6M, told P30D ahead, at most 5 per day awarded by rules, at most 20 per week awarded by rules',
    );
    expect(of("{ expires: { at: '12-31' }, adjust: clamp, transfers: { max: 9, per: month } }")).toBe(
      'name "p", adjustments take what there is, expires every 12-31, at most 9 per month sent to others',
    );
    expect(of("{ expires: { at: '2027-06-30' }, overdraft: allow, adjust: refuse }")).toBe(
      'name "p", overdraft allowed, adjustments beyond the balance are refused, expires on 2027-06-30',
    );
    expect(of('{ overdraft: allow, adjust: allow }')).toBe('name "p", overdraft allowed');
  });

  it('tells a rule before and after', () => {
    expect(diffCatalogs(example, changed('points: 10', 'points: 12'))).toEqual([
      {
        change: 'changed',
        noun: 'rules',
        id: 'commit',
        before:
          'on code.commit, when event.data.files < 1000 && metrics["commits"] < 50, award 10 points and (event.data.files * 2) gems, multipliers vip, at most 20 per day',
        after:
          'on code.commit, when event.data.files < 1000 && metrics["commits"] < 50, award 12 points and (event.data.files * 2) gems, multipliers vip, at most 20 per day',
        note: null,
      },
    ]);
  });

  it('notes a metric whose meaning changes', () => {
    expect(diffCatalogs(example, changed('event.data.files > 0', 'event.data.files > 1'))).toMatchObject([
      { change: 'changed', noun: 'metrics', id: 'commits', note: expect.stringContaining('starts anew') },
    ]);
  });

  it('notes a currency that goes', () => {
    const before = catalogOf('diana: 1\ncurrencies: { a: , b: }');
    const after = catalogOf('diana: 1\ncurrencies: { b: { name: B } }');
    expect(diffCatalogs(before, after)).toEqual([
      {
        change: 'removed',
        noun: 'currencies',
        id: 'a',
        before: 'name "a"',
        after: null,
        note: expect.stringContaining('stay in the ledger'),
      },
      { change: 'changed', noun: 'currencies', id: 'b', before: 'name "b"', after: 'name "B"', note: null },
    ]);
  });

  it('notes a board that goes: nobody is paid for its open period', () => {
    const metrics = 'diana: 1\nmetrics: { m: { count: a.b } }';
    const before = catalogOf(`${metrics}\nboards: [{ id: weekly, metric: m, period: week }]`);
    expect(diffCatalogs(before, catalogOf(metrics))).toMatchObject([
      { change: 'removed', noun: 'boards', id: 'weekly', note: expect.stringContaining('is not closed and pays nothing') },
    ]);
  });

  it('tells settings, events, multipliers and boards', () => {
    const after = catalogOf(
      EXAMPLE.replace('timezone: Europe/Berlin', 'timezone: UTC')
        .replace("note: 'string?'", 'note: string')
        .replace('factor: 2 }', 'factor: 3 }')
        .replace('period: week', 'period: month')
        .replace('by: event.data.repo', 'by: event.data.files'),
    );
    expect(diffCatalogs(example, after).map(({ noun, id }) => `${noun} ${id}`)).toEqual([
      'settings timezone',
      'events code.commit',
      'multipliers weekend',
      'boards weekly',
      'boards slow',
      // Whose zone is the catalog's.
      'boards friday',
    ]);
    expect(diffCatalogs(null, example).find(({ id }) => id === 'slow')?.after).toBe(
      'by files, period all, asc, ties dense, zone Asia/Tokyo, segments by event.data.repo, record note (event.data.note)',
    );
  });
});
