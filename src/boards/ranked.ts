import type { Board } from './model.ts';

/**
 * Everybody with a score in a period ($1 board, $2 period), in the order of live boards: score, the moment that reached it,
 * user id by code unit, account. `edge` is the rank that shares of the board go by: equals stand together, unless ties decide.
 * Of boards with leagues, the order within the cohort too. `ofCohort`: only those in the cohort of a user ($3 account).
 */
export function rankedScores({ order, ties, leagues }: Pick<Board, 'order' | 'ties' | 'leagues'>, ofCohort = false): string {
  const byScore = `s.score ${order}`;
  const byAll = `${byScore}, s.reached_at, p.id collate "C", s.account`;
  const rank = (of: string): string =>
    ties === 'first'
      ? `row_number() over (${of} order by ${byAll})`
      : `${ties === 'shared' ? 'rank' : 'dense_rank'}() over (${of} order by ${byScore})`;
  const edge = ties === 'first' ? rank('') : `rank() over (order by ${byScore})`;
  const cohort = 'partition by e.tier, e.cohort';
  const league =
    leagues === null
      ? 'null::text as tier, null::integer as cohort, null::bigint as league_rank, null::bigint as league_place, null::bigint as league_size'
      : `e.tier, e.cohort, case when e.tier is not null then ${rank(cohort)} end as league_rank,
         row_number() over (${cohort} order by ${byAll}) as league_place, count(*) over (${cohort}) as league_size`;
  const entries =
    leagues === null ? '' : 'left join boards.league_entry e on (e.board, e.period, e.account) = (s.board, s.period, s.account)';
  return `
    select s.account, p.id as "user", s.score, s.reached_at, row_number() over (order by ${byAll}) as place,
      ${rank('')} as rank, ${edge} as edge, count(*) over () as total, ${league}
    from boards.score s join users.person p on p.account = s.account ${entries}
    where s.board = $1 and s.period = $2 and ${NOT_HIDDEN} ${ofCohort ? COHORT : ''}`;
}

/** Whoever is hidden takes no rank. */
const NOT_HIDDEN = `not exists (select from boards.hidden h where h.account = s.account and h.board in ('', s.board))`;

const COHORT = `and (e.tier, e.cohort) = (
  select tier, cohort from boards.league_entry where board = $1 and period = $2 and account = $3)`;

/**
 * The same with what each rank earns and where its user plays next. Rewards are $3 first and $4 last ranks, $5 shares in
 * percent, $6 awards; leagues are $7 tiers, $8 how many rise, $9 how many fall.
 */
export function rewardedScores(board: Pick<Board, 'order' | 'ties' | 'leagues'>): string {
  return `
    select r.*, reward.award,
      case
        when r.league_place <= $8::integer then ($7::text[])[least(cardinality($7::text[]), array_position($7::text[], r.tier) + 1)]
        when r.league_place > r.league_size - $9::integer then ($7::text[])[greatest(1, array_position($7::text[], r.tier) - 1)]
        else r.tier
      end as next_tier
    from (${rankedScores(board)}) r
    left join lateral (
      select w.award from unnest($3::integer[], $4::integer[], $5::numeric[], string_to_array($6, e'\\x1f'))
        with ordinality as w (first, last, top, award, place)
      where case when w.top is null then r.rank between w.first and w.last else r.edge <= ceil(r.total * w.top / 100) end
      order by w.place limit 1
    ) reward on true`;
}
