import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Members } from './members.ts';
import { createRankIndex, type Kept, type Order, type RankIndex, type Standing, type Ties } from './rank-index.ts';

const POLICIES: [Order, Ties][] = [
  ['desc', 'first'],
  ['desc', 'shared'],
  ['desc', 'dense'],
  ['asc', 'first'],
  ['asc', 'shared'],
  ['asc', 'dense'],
];

/** Few accounts, scores, times and positions, so that ties, moves and facts that come late are the rule. */
const account = fc.integer({ min: 0, max: 40 });
const user = fc.constantFrom('ann', 'bob', 'Zoë', 'a', 'b', '\u{1F600}', '\uFF5E', '10', '9');
const position = fc.integer({ min: 0, max: 60 });
const score = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(-0, 0.1, Number.MAX_SAFE_INTEGER, -1e300));
const time = fc.integer({ min: 0, max: 2 });
const segment = fc.constantFrom(null, 'ES', 'MX', 'a segment of many words');
const record = fc.constantFrom(null, '{"level":1}', '{"level":2}');
const SEGMENTS = ['ES', 'MX', 'a segment of many words', 'nobody was ever here'];
const fact = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('set' as const), account, user, score, time, position, segment, record }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), account, position }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rename' as const), account, user }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), account }) },
);
type Fact = typeof fact extends fc.Arbitrary<infer F> ? F : never;

function tell(fact: Fact, members: Members, index: RankIndex, model: SortedArrayBoard): void {
  switch (fact.kind) {
    case 'set':
      expect(index.set(fact.account, fact.user, fact.score, fact.time, fact.position, fact)).toBe(
        model.set(fact.account, fact.user, fact.score, fact.time, fact.position, fact),
      );
      return;
    case 'remove':
      expect(index.remove(fact.account, fact.position)).toBe(model.remove(fact.account, fact.position));
      return;
    case 'rename':
      members.rename(fact.account, fact.user);
      model.rename(fact.account, fact.user);
      return;
    case 'forget':
      members.forget(fact.account);
      model.forget(fact.account);
  }
}

describe.each(POLICIES)('a board in %s order with ties %s', (order, ties) => {
  it('stands as a sorted array does, after every fact', () => {
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 150, size: 'max' }), (facts) => {
        const members = new Members();
        const index = createRankIndex({ members, order, ties, blockSize: 4 });
        const model = new SortedArrayBoard(order, ties);
        for (const fact of facts) {
          tell(fact, members, index, model);
          expect(index.page(0, 100)).toEqual(model.standings());
        }
        const standings = model.standings();
        expect(index.size).toBe(standings.length);
        for (let one = 0; one <= 40; one++) {
          expect(index.rankOf(one)).toEqual(standings.find((standing) => standing.account === one));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('cuts pages and neighbourhoods out of the whole, full whenever it can', () => {
    fc.assert(
      fc.property(
        fc.array(fact, { maxLength: 120, size: 'max' }),
        fc.nat(45),
        fc.nat(45),
        fc.nat(25),
        (facts, offset, limit, reach) => {
          const members = new Members();
          const index = createRankIndex({ members, order, ties, blockSize: 4 });
          const model = new SortedArrayBoard(order, ties);
          for (const fact of facts) tell(fact, members, index, model);
          const standings = model.standings();
          expect(index.page(offset, limit)).toEqual(standings.slice(offset, offset + limit));
          for (let one = 0; one <= 40; one++) {
            const window = index.around(one, reach);
            const place = standings.findIndex((standing) => standing.account === one);
            if (place < 0) {
              expect(window).toBeUndefined();
              continue;
            }
            const width = Math.min(2 * reach + 1, standings.length);
            const start = Math.min(Math.max(place - reach, 0), standings.length - width);
            expect(window).toEqual(standings.slice(start, start + width));
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('ranks each segment, and any choice of users, as a board of these alone would', () => {
    const choice = fc.uniqueArray(fc.integer({ min: 0, max: 45 }), { maxLength: 20 });
    fc.assert(
      fc.property(
        fc.array(fact, { maxLength: 150, size: 'max' }),
        choice,
        fc.nat(20),
        fc.nat(9),
        (facts, chosen, offset, reach) => {
          const members = new Members();
          const index = createRankIndex({ members, order, ties, blockSize: 4 });
          const model = new SortedArrayBoard(order, ties);
          for (const fact of facts) {
            tell(fact, members, index, model);
            // Asked for while facts come, so that what follows moves orders that are kept.
            for (const name of SEGMENTS) expect(index.within(name).page(0, 100)).toEqual(model.standings(model.inSegment(name)));
          }
          const all = model.standings();
          for (const name of SEGMENTS) {
            const standings = model.standings(model.inSegment(name));
            const ranking = index.within(name);
            expect(ranking.size).toBe(standings.length);
            expect(ranking.page(offset, 5)).toEqual(standings.slice(offset, offset + 5));
            for (let one = 0; one <= 40; one++) {
              const place = standings.findIndex((standing) => standing.account === one);
              expect(ranking.rankOf(one)).toEqual(standings[place]);
              const width = Math.min(2 * reach + 1, standings.length);
              const start = Math.min(Math.max(place - reach, 0), standings.length - width);
              expect(ranking.around(one, reach)).toEqual(place < 0 ? undefined : standings.slice(start, start + width));
            }
          }
          const expected = model
            .standings((one) => chosen.includes(one))
            .map((own) => ({ ...own, globalRank: all.find((entry) => entry.account === own.account)?.rank }));
          expect(index.among([...chosen, ...chosen])).toEqual(expected);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('stands the same whether loaded at once or set one by one', () => {
    const row = fc.record({ account: fc.maxSafeInteger(), user, score, time, segment, record });
    const rows = fc.uniqueArray(row, { selector: ({ account }) => account, maxLength: 80, size: 'max' });
    fc.assert(
      fc.property(rows, fc.array(fact, { maxLength: 60, size: 'max' }), (rows, later) => {
        const members = new Members();
        const loaded = createRankIndex({ members, order, ties, blockSize: 4 });
        const model = new SortedArrayBoard(order, ties);
        for (const { account, user, score, time, segment, record } of rows)
          model.set(account, user, score, time, 30, { segment, record });
        model.ignoreBefore(30);
        loaded.load(columnsOf(rows), 30);
        expect(loaded.page(0, 100)).toEqual(model.standings());
        for (const fact of later) tell(fact, members, loaded, model);
        expect(loaded.page(0, 200)).toEqual(model.standings());
        for (const name of SEGMENTS) expect(loaded.within(name).page(0, 200)).toEqual(model.standings(model.inSegment(name)));
      }),
      { numRuns: 150 },
    );
  });
});

/** The rule book: everything in a map, sorted anew for each question. */
class SortedArrayBoard {
  readonly #order: Order;
  readonly #ties: Ties;
  readonly #names = new Map<number, { user: string; erased: boolean }>();
  readonly #facts = new Map<number, { score: number | undefined; time: number; position: number; kept: Kept }>();
  #oldest = Number.NEGATIVE_INFINITY;

  constructor(order: Order, ties: Ties) {
    this.#order = order;
    this.#ties = ties;
  }

  set(account: number, user: string, score: number, time: number, position: number, { segment, record }: Kept): boolean {
    if (position < this.#oldest) return false;
    const name = this.#names.get(account);
    if (name === undefined || (name.user === '' && !name.erased)) this.#names.set(account, { user, erased: false });
    if (position < (this.#facts.get(account)?.position ?? position)) return false;
    this.#facts.set(account, { score: score === 0 ? 0 : score, time, position, kept: { segment, record } });
    return true;
  }

  remove(account: number, position: number): boolean {
    if (position < this.#oldest) return false;
    if (!this.#names.has(account)) this.#names.set(account, { user: '', erased: false });
    if (position < (this.#facts.get(account)?.position ?? position)) return false;
    this.#facts.set(account, { score: undefined, time: 0, position, kept: { segment: null, record: null } });
    return true;
  }

  rename(account: number, user: string): void {
    if (this.#names.get(account)?.erased === false) this.#names.set(account, { user, erased: false });
  }

  forget(account: number): void {
    this.#names.set(account, { user: '', erased: true });
  }

  ignoreBefore(position: number): void {
    this.#oldest = position;
  }

  inSegment(name: string): (account: number) => boolean {
    return (account) => this.#facts.get(account)?.kept.segment === name;
  }

  standings(admits: (account: number) => boolean = () => true): Standing[] {
    const sign = this.#order === 'desc' ? -1 : 1;
    const entries = [...this.#facts].flatMap(([account, { score, time, kept }]) =>
      score === undefined || !admits(account)
        ? []
        : [{ account, score, time, user: this.#names.get(account)!.user, record: kept.record }],
    );
    entries.sort(
      (a, b) =>
        sign * ascending(a.score, b.score) ||
        ascending(a.time, b.time) ||
        ascending(a.user, b.user) ||
        ascending(a.account, b.account),
    );
    return entries.map(({ account, user, score, record }, place) => {
      const better = entries.slice(0, place).filter((entry) => entry.score !== score);
      const ahead = { first: place, shared: better.length, dense: new Set(better.map((entry) => entry.score)).size };
      return { rank: 1 + ahead[this.#ties], user, account, score, ...(record === null ? {} : { record }) };
    });
  }
}

function ascending<T extends number | string>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

interface Row {
  readonly account: number;
  readonly user: string;
  readonly score: number;
  readonly time: number;
  readonly segment: string | null;
  readonly record: string | null;
}

function columnsOf(rows: readonly Row[]) {
  return {
    accounts: Float64Array.from(rows, ({ account }) => account),
    users: rows.map(({ user }) => user),
    scores: Float64Array.from(rows, ({ score }) => score),
    reachedAt: Float64Array.from(rows, ({ time }) => time),
    kept: { segments: rows.map(({ segment }) => segment), records: rows.map(({ record }) => record) },
  };
}
