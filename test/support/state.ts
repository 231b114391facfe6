import type postgres from 'postgres';

/**
 * Everything that users own, as sorted text keyed by the outside id: two databases that were led to the same
 * state by different ways give the same text, byte for byte. Accounts, positions and times of recording, which
 * differ by nature, are left out.
 */
export async function dumpState(sql: postgres.Sql): Promise<string> {
  await expectCopiesToAgree(sql);
  const rows = await sql.unsafe(`
    select line from (
      select 'balance ' || p.id || ' ' || json_build_array(b.currency, b.available, b.held, b.credited, b.debited, b.entries) as line
      from ledger.account b join users.person p using (account)
      union all
      -- The heads of chains hold times of recording.
      select 'counters ' || p.id || ' ' || (a.state::jsonb - 'balances')::text from engine.account a join users.person p using (account)
      union all
      select 'score ' || p.id || ' ' || json_build_array(s.board, s.period, s.score, extract(epoch from s.reached_at), s.segment, s.record)
      from boards.score s join users.person p using (account)
      union all
      select 'usage ' || p.id || ' ' || json_build_array(u.rule, u.span, u.bucket, u.used, u.times)
      from rules.usage u join users.person p using (account)
      union all
      select 'seen ' || p.id || ' ' || json_build_array(s.metric, s.span, s.member)
      from metrics.seen s join users.person p using (account)
      union all
      select 'run ' || p.id || ' ' || json_build_array(r.streak, r.first, r.last)
      from streaks.run r join users.person p using (account)
      union all
      select 'unlock ' || p.id || ' ' || json_build_array(u.achievement, u.tier, extract(epoch from u.unlocked_at), u.catalog_version,
        u.granted, u.times, extract(epoch from u.last_at))
      from achievements.unlock u join users.person p using (account)
      union all
      select 'occurrence ' || p.id || ' ' || json_build_array(o.number, o.period)
      from achievements.occurrence o join users.person p using (account)
      union all
      select 'revocation ' || p.id || ' ' || json_build_array(r.achievement, r.tier)
      from achievements.revocation r join users.person p using (account)
    ) as state order by line collate "C"`);
  return rows.map((row) => String(row['line'])).join('\n');
}

/** The hot row holds copies of balances, of the newest scores, and of unlocks: each is what its own table says. */
async function expectCopiesToAgree(sql: postgres.Sql): Promise<void> {
  const wrong = await sql.unsafe(`
    select 'balance' as what, account from (
      select a.account, b.key as currency, b.value::jsonb as copy from engine.account a, json_each(a.state -> 'balances') b
    ) hot full join ledger.account l using (account, currency)
    where copy is distinct from jsonb_build_array(l.available, l.held, l.credited, l.debited, l.entries, encode(l.head, 'hex'))
      and account in (select account from users.person)
    union all
    select 'score', account from (
      select a.account, s.key as board, s.value::jsonb as copy from engine.account a, json_each(a.state -> 'scores') s
    ) hot full join (
      select distinct on (account, board) * from boards.score where period <> 'all' or record is not null
      order by account, board, period desc
    ) newest using (account, board)
    where copy is distinct from jsonb_build_array(newest.period, newest.score, round(extract(epoch from newest.reached_at) * 1000))
        || case when coalesce(newest.segment, newest.record::text) is null then '[]'
             else jsonb_build_array(newest.segment, newest.record::jsonb) end
      and account in (select account from users.person)
    union all
    select 'unlock', account from (
      select a.account, (w.n - 1) * 32 + b.n as number
      from engine.account a,
        lateral json_array_elements_text(a.state -> 'unlocks') with ordinality as w (word, n),
        lateral generate_series(0, 31) as b (n)
      where (w.word::bigint >> b.n) & 1 = 1
    ) hot full join achievements.unlock u using (account, number)
    where (hot.account is null or u.tier is null)
    union all
    select 'revocation', account from (
      select a.account, (w.n - 1) * 32 + b.n as number
      from engine.account a,
        lateral json_array_elements_text(a.state -> 'revoked') with ordinality as w (word, n),
        lateral generate_series(0, 31) as b (n)
      where (w.word::bigint >> b.n) & 1 = 1
    ) hot full join achievements.revocation r using (account, number)
    where (hot.account is null or r.tier is null)
    union all
    select 'times', account from achievements.unlock u join engine.account a using (account)
    where u.times <> coalesce((a.state -> 'times' -> u.number::text ->> 0)::integer, 1)
    union all
    select 'occurrence', account from (
      select a.account, t.key::integer as number, t.value ->> 1 as newest from engine.account a, json_each(a.state -> 'times') t
      where t.value ->> 1 is not null
    ) hot full join (
      select account, number, max(period) as period from achievements.occurrence group by account, number
    ) o using (account, number)
    where hot.newest is distinct from o.period
    union all
    select 'run', r.account from streaks.run r join engine.account a using (account)
    where r.last >= (a.state -> 'streaks' -> r.streak ->> 0)::integer - 1`);
  if (wrong.length > 0) throw new Error(`hot rows disagree with the tables: ${JSON.stringify(wrong.slice(0, 5))}`);
}
