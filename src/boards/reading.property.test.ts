import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, createTestEngine, SERVICE, type TestEngine } from '../../test/support/engine.ts';
import { headOf, openLiveBoards } from '../../test/support/live-boards.ts';
import type { LiveBoards } from './live.ts';
import type { Ties } from './model.ts';

const TIES: readonly Ties[] = ['first', 'shared', 'dense'];
const USERS = ['ann', 'bob', 'cyd', 'Dan', 'eve'];
const TEAMS = ['red', 'blue'];
const CATALOG = `
diana: 1
name: random
metrics: { points: { sum: event.data.points, on: game.won } }
boards:
${TIES.map((ties) => `  - { id: ${ties}, metric: points, period: month, ties: ${ties}, by: user.attributes.team, record: { n: event.data.n } }\n`).join('')}`;

const user = fc.constantFrom(...USERS);
const board = fc.constantFrom(null, ...TIES);
const deed = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('win' as const), user, points: fc.nat(2), minute: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('join' as const), user, team: fc.constantFrom(null, ...TEAMS) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('hide' as const), user, board, hidden: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('erase' as const), user }) },
);
type Deed = typeof deed extends fc.Arbitrary<infer D> ? D : never;

let engine: TestEngine;
/** Boards of two processes, to which nothing is told. */
let processes: readonly LiveBoards[];
let ids = 0;
beforeAll(async () => {
  engine = await createTestEngine(CATALOG);
  processes = [await openLiveBoards(engine), await openLiveBoards(engine)];
});
afterAll(() => engine.close());

/** What one user has, told without any index. */
interface Modelled {
  team: string | null;
  score: { value: number; at: number; segment: string | null; record: object | undefined } | null;
  hidden: Set<string | null>;
}

class Model {
  readonly users = new Map<string, Modelled>();

  of(name: string): Modelled {
    const known = this.users.get(name) ?? { team: null, score: null, hidden: new Set<string | null>() };
    this.users.set(name, known);
    return known;
  }

  win(name: string, points: number, at: number, n: number): void {
    const one = this.of(name);
    if (points === 0) return;
    const isNewest = one.score === null || at >= one.score.at;
    one.score = {
      value: (one.score?.value ?? 0) + points,
      at: Math.max(one.score?.at ?? at, at),
      segment: one.team,
      record: isNewest ? { n } : one.score?.record,
    };
  }

  /** Every entry in its order, with the rank that the rule of the board gives it. */
  standings(ties: Ties, admits: (name: string, one: Modelled) => boolean): readonly object[] {
    const entries = [...this.users].flatMap(([name, one]) => {
      const isHidden = one.hidden.has(null) || one.hidden.has(ties);
      return one.score === null || isHidden || !admits(name, one) ? [] : [{ name, ...one.score }];
    });
    entries.sort((a, b) => b.value - a.value || a.at - b.at || (a.name < b.name ? -1 : 1));
    return entries.map(({ name, value, record }, place) => {
      const better = entries.filter((other) => other.value > value);
      const rank = { first: place, shared: better.length, dense: new Set(better.map((other) => other.value)).size }[ties] + 1;
      return { rank, user: name, score: value, ...(record === undefined ? {} : { record }) };
    });
  }
}

async function perform(one: Deed, model: Model): Promise<void> {
  switch (one.kind) {
    case 'win': {
      const at = Date.UTC(2026, 10, 21, 11, one.minute);
      const n = (ids += 1);
      const event = { id: `p${n}`, type: 'game.won', user: one.user, time: new Date(at).toISOString() };
      await engine.submit([{ ...event, data: { points: one.points, n } }]);
      model.win(one.user, one.points, at, n);
      return;
    }
    case 'join':
      await engine.engine.putUser(one.user, { attributes: one.team === null ? {} : { team: one.team } }, SERVICE);
      model.of(one.user).team = one.team;
      return;
    case 'hide': {
      const outcome = await engine.engine.setVisibility(one.user, { hidden: one.hidden, board: one.board }, SERVICE);
      expect(outcome.ok).toBe(model.users.has(one.user));
      if (!outcome.ok) return;
      const { hidden } = model.of(one.user);
      if (one.hidden) hidden.add(one.board);
      else hidden.delete(one.board);
      return;
    }
    case 'erase':
      await engine.engine.eraseUser(one.user, null, ADMIN);
      model.users.delete(one.user);
  }
}

async function compare(boards: LiveBoards, model: Model, asked: readonly string[]): Promise<void> {
  const after = await headOf(engine);
  for (const ties of TIES) {
    const all = model.standings(ties, () => true) as readonly { rank: number; user: string }[];
    for (const segment of [undefined, ...TEAMS]) {
      const expected = model.standings(ties, (_, one) => segment === undefined || one.score?.segment === segment);
      const query = { period: 'current', after, ...(segment === undefined ? {} : { segment }) };
      expect(await boards.page(ties, { ...query, offset: 0, limit: 10 })).toMatchObject({
        value: { total: expected.length, entries: expected },
      });
      for (const [place, entry] of (expected as readonly { user: string }[]).entries()) {
        const around = await boards.around(ties, entry.user, { ...query, around: 1 });
        const start = Math.min(Math.max(place - 1, 0), Math.max(0, expected.length - 3));
        expect(around).toMatchObject({ value: { ...entry, entries: expected.slice(start, start + 3) } });
      }
    }
    const among = model.standings(ties, (name) => asked.includes(name)) as readonly { user: string }[];
    const ranked = new Set(among.map((entry) => entry.user));
    expect(await boards.among(ties, asked, { period: 'current', after })).toMatchObject({
      value: {
        total: among.length,
        entries: among.map((entry) => ({ ...entry, globalRank: all.find((one) => one.user === entry.user)?.rank })),
        missing: asked.filter((name) => !ranked.has(name)),
      },
    });
  }
}

test('pages, neighbourhoods, segments and choices agree with a plain sort, whatever was scored, hidden and erased', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 25, size: 'max' }), fc.subarray(USERS), async (deeds, asked) => {
      for (const name of USERS) await engine.engine.eraseUser(name, null, ADMIN);
      const model = new Model();
      for (const [at, one] of deeds.entries()) {
        await perform(one, model);
        // One process looks all the time, the other now and then.
        await compare(processes[at % 5 === 0 ? 1 : 0] as LiveBoards, model, asked);
      }
      for (const boards of [...processes, await openLiveBoards(engine)]) await compare(boards, model, asked);
    }),
    { numRuns: 15 },
  );
}, 120_000);
