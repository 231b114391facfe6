import type postgres from 'postgres';
import { balanceOf, fold, isLive } from './counting.ts';
import type { Model } from './model.ts';
import { periodsOf, scoreOf } from './ranking.ts';
import { longestStreak, runsOf } from './streaks.ts';
import { unlockedBy } from './unlocking.ts';

/** Everything that is kept about the users of one run, in a form that model and tables share. */
export interface State {
  readonly people: readonly string[];
  /** `user currency` */
  readonly balances: Readonly<Record<string, number>>;
  /** `user metric`; only what events and transfers moved. */
  readonly metrics: Readonly<Record<string, readonly [value: number, at: number]>>;
  /** `user streak`: the length of the longest run, then all runs. */
  readonly streaks: Readonly<Record<string, readonly [longest: number, runs: readonly (readonly [string, string])[]]>>;
  /** `user achievement.tier` */
  readonly unlocked: readonly string[];
  /** `user board period` */
  readonly scores: Readonly<Record<string, readonly [score: number, at: number]>>;
}

export function stateOf(model: Model, users: readonly string[]): State {
  const { plan, since } = model;
  const balances: [string, number][] = [];
  const metrics: [string, State['metrics'][string]][] = [];
  const streaks: [string, State['streaks'][string]][] = [];
  const scores: [string, State['scores'][string]][] = [];
  const unlocked: string[] = [];
  for (const user of users) {
    const { entries } = model.people.get(user) ?? { entries: [] };
    for (const currency of new Set(entries.flatMap(({ moves }) => moves.map((move) => move.currency)))) {
      balances.push([`${user} ${currency}`, balanceOf(entries, currency)]);
    }
    for (const metric of plan.metrics) {
      const reached = isLive(metric) ? undefined : fold(metric, entries);
      if (reached !== undefined) metrics.push([`${user} ${metric.name}`, [reached.value, reached.at]]);
    }
    for (const { id } of plan.streaks) {
      const runs = runsOf(plan, entries, id);
      if (runs.length > 0) streaks.push([`${user} ${id}`, [longestStreak(plan, entries, id), runs]]);
    }
    unlocked.push(...unlockedBy(entries).map((tier) => `${user} ${tier}`));
    for (const board of plan.boards) {
      for (const period of periodsOf(board, entries, since)) {
        const reached = scoreOf(plan, board, period, entries, since);
        if (reached !== undefined) scores.push([`${user} ${board.id} ${period}`, [reached.value, reached.at]]);
      }
    }
  }
  return {
    people: users.filter((user) => model.people.has(user)).toSorted(),
    balances: Object.fromEntries(balances),
    metrics: Object.fromEntries(metrics),
    streaks: Object.fromEntries(streaks),
    unlocked: unlocked.toSorted(),
    scores: Object.fromEntries(scores),
  };
}

interface Row {
  readonly user: string;
  readonly state: {
    readonly metrics: Readonly<Record<string, readonly [number, number]>>;
    readonly streaks?: Readonly<Record<string, readonly [number, number, number]>>;
  };
  readonly balances: Readonly<Record<string, number>> | null;
  readonly older: readonly (readonly [streak: string, first: number, last: number])[] | null;
  readonly unlocked: readonly string[] | null;
  readonly scores: readonly (readonly [board: string, period: string, score: number, ms: number])[] | null;
}

const STATE = `
  select p.id as "user", a.state,
    (select json_object_agg(currency, available) from ledger.account b where b.account = p.account) as balances,
    (select json_agg(json_build_array(streak, first, last) order by first) from streaks.run r where r.account = p.account) as older,
    (select json_agg(achievement || '.' || tier) from achievements.unlock u where u.account = p.account) as unlocked,
    (select json_agg(json_build_array(board, period, score, round(extract(epoch from reached_at) * 1000)))
     from boards.score s where s.account = p.account) as scores
  from users.person p join engine.account a using (account) where p.id = any($1) order by p.id`;

/** The same as the tables have it. Of metrics, those that mirror a state are left out: the state itself is here. */
export async function storedState(sql: postgres.Sql, model: Model, users: readonly string[]): Promise<State> {
  const rows: readonly Row[] = await sql.unsafe<Row[]>(STATE, [[...users]]);
  const counted = model.plan.metrics.filter((metric) => !isLive(metric)).map(({ name }) => name);
  return {
    people: rows.map(({ user }) => user).toSorted(),
    balances: keyed(rows, ({ balances }) => Object.entries(balances ?? {})),
    metrics: keyed(rows, ({ state }) => Object.entries(state.metrics).filter(([name]) => counted.includes(name))),
    streaks: keyed(rows, ({ state, older }) =>
      Object.entries(state.streaks ?? {}).map(([streak, [first, last, longest]]) => {
        const earlier = (older ?? [])
          .filter(([of]) => of === streak)
          .map(([, from, to]) => [dayText(from), dayText(to)] as const);
        return [streak, [longest, [...earlier, [dayText(first), dayText(last)] as const]]];
      }),
    ),
    unlocked: rows.flatMap(({ user, unlocked }) => (unlocked ?? []).map((tier) => `${user} ${tier}`)).toSorted(),
    scores: keyed(rows, ({ scores }) => (scores ?? []).map(([board, period, score, ms]) => [`${board} ${period}`, [score, ms]])),
  };
}

function keyed<T>(rows: readonly Row[], of: (row: Row) => readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries(rows.flatMap((row) => of(row).map(([key, value]) => [`${row.user} ${key}`, value])));
}

function dayText(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}
