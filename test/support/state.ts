import type postgres from 'postgres';

/**
 * Everything that users own, as sorted text keyed by the outside id: two databases that were led to the same
 * state by different ways give the same text, byte for byte. Accounts, positions and times of recording, which
 * differ by nature, are left out.
 */
export async function dumpState(sql: postgres.Sql): Promise<string> {
  const rows = await sql.unsafe(`
    select line from (
      select 'balance ' || p.id || ' ' || json_build_array(b.currency, b.available, b.held, b.credited, b.debited, b.entries) as line
      from ledger.account b join users.person p using (account)
      union all
      select 'counters ' || p.id || ' ' || (a.state::jsonb)::text from engine.account a join users.person p using (account)
      union all
      select 'score ' || p.id || ' ' || json_build_array(s.board, s.period, s.score, extract(epoch from s.reached_at))
      from boards.score s join users.person p using (account)
      union all
      select 'usage ' || p.id || ' ' || json_build_array(u.rule, u.span, u.bucket, u.used, u.times)
      from rules.usage u join users.person p using (account)
    ) as state order by line collate "C"`);
  return rows.map((row) => String(row['line'])).join('\n');
}
