import type postgres from 'postgres';
import { decodeHotRow } from '../../../src/engine/index.ts';
import { balanceOf, fold } from './counting.ts';
import { countersOf } from './entry.ts';
import type { Model } from './model.ts';
import type { PlannedAchievement } from './plan.ts';
import { scoresOf } from './ranking.ts';
import { chainOf } from './streaks.ts';
import { unlocksOf } from './unlocking.ts';

/** Everything that is kept about some users, in a form that model and tables share: sorted lines. */
export type State = readonly string[];

export function stateOf(model: Model): State {
  const { plan } = model;
  const lines: string[] = [];
  for (const person of model.people.values()) {
    const { user, entries } = person;
    const tell = (...parts: readonly (string | number)[]): unknown => lines.push([user, ...parts].join(' '));
    for (const { code } of plan.currencies) {
      if (balanceOf(person, code) !== 0) tell('balance', code, balanceOf(person, code));
    }
    for (const counter of countersOf(plan)) {
      const reached = fold(counter, entries);
      if (reached !== undefined) tell('metric', counter.name, reached.value, 'at', reached.at);
    }
    for (const streak of plan.streaks) {
      const { length, longest, freezes } = chainOf(streak, entries);
      if (length > 0) tell('streak', streak.id, length, 'longest', longest, 'freezes', freezes);
    }
    for (const achievement of plan.achievements) {
      const { id, tiers } = achievement;
      const repeats = isRepeatable(achievement);
      for (const tier of tiers) {
        const { length } = unlocksOf(person, id, tier.id);
        const first = entries.find(({ unlocks }) => unlocks.some((one) => one.achievement === id && one.tier === tier.id));
        if (first !== undefined) tell('unlock', `${id}.${tier.id}`, length, repeats ? 'times' : `at ${first.ms}`);
      }
    }
    for (const board of plan.boards) {
      for (const [period, { value, at }] of scoresOf(plan, board, person)) tell('score', board.id, period, value, 'at', at);
    }
  }
  return lines.toSorted();
}

/** What comes again is kept with the time of its first, whatever becomes of that one. */
function isRepeatable(achievement: PlannedAchievement): boolean {
  return 'repeatable' in achievement && achievement.repeatable;
}

interface Row {
  readonly user: string;
  readonly state: unknown;
  readonly balances: Readonly<Record<string, number>> | null;
  readonly unlocked: readonly (readonly [string, number, number])[] | null;
  readonly scores: readonly (readonly [board: string, period: string, score: number, ms: number])[] | null;
}

const STATE = `
  select p.id as "user", a.state,
    (select json_object_agg(currency, available) from ledger.account b where b.account = p.account) as balances,
    (select json_agg(json_build_array(achievement || '.' || tier, times, round(extract(epoch from unlocked_at) * 1000)))
     from achievements.unlock u where u.account = p.account) as unlocked,
    (select json_agg(json_build_array(board, period, score, round(extract(epoch from reached_at) * 1000)))
     from boards.score s where s.account = p.account) as scores
  from users.person p join engine.account a using (account) where p.id = any($1) order by p.id`;

/** The same as the tables have it. `name`: what a user of the model is called there. */
export async function storedState(sql: postgres.Sql, model: Model, name: (user: string) => string): Promise<State> {
  const { plan } = model;
  const users = new Map([...model.people.keys()].map((user) => [name(user), user]));
  const rows: readonly Row[] = await sql.unsafe<Row[]>(STATE, [[...users.keys()]]);
  const counters = new Set(countersOf(plan).map((counter) => counter.name));
  const repeatable = new Set<string | undefined>(plan.achievements.filter(isRepeatable).map(({ id }) => id));
  const boards = new Set(plan.boards.map(({ id }) => id));
  const lines: string[] = [];
  for (const { user, state, balances, unlocked, scores } of rows) {
    const tell = (...parts: readonly (string | number)[]): unknown => lines.push([users.get(user) ?? '', ...parts].join(' '));
    const { metrics, streaks } = decodeHotRow(state);
    for (const [code, available] of Object.entries(balances ?? {})) if (available !== 0) tell('balance', code, available);
    for (const [metric, { value, at }] of metrics) if (counters.has(metric)) tell('metric', metric, value, 'at', at);
    for (const [id, { length, longest, freezes }] of streaks) {
      if (length > 0) tell('streak', id, length, 'longest', longest, 'freezes', freezes);
    }
    for (const [tier, times, at] of unlocked ?? [])
      tell('unlock', tier, times, repeatable.has(tier.split('.')[0]) ? 'times' : `at ${at}`);
    for (const [board, period, score, ms] of scores ?? []) if (boards.has(board)) tell('score', board, period, score, 'at', ms);
  }
  return lines.toSorted();
}
