/**
 * The rival: one award in one stored function, as one would write it by hand. It writes the very rows that the
 * engine writes for such an event — the ledger verifies afterwards — with nothing of catalog, conditions,
 * limits, validation or answer to a caller besides the balance.
 *
 * `at`: the position to take, given by a sequence. That is faster than the counter row, because commits need
 * not wait for each other, and leaves readers of the log to skip what commits late. Null: from the counter row.
 */
export const STORED_FUNCTION = `
create schema if not exists bench;
create sequence if not exists bench.position increment by 2;

create or replace function bench.award(who uuid, identity uuid, body uuid, event_id text, at bigint) returns bigint language plpgsql as $$
declare
  now_ms bigint := floor(extract(epoch from clock_timestamp()) * 1000);
  moment timestamptz := to_timestamp(now_ms / 1000.0);
  person bigint;
  counters json;
  purse ledger.account;
  version integer;
  first bigint := at;
  -- The moment, an ordinal of 0, and a part of the identity, as the engine makes them.
  hex text := lpad(to_hex(now_ms), 12, '0') || '8000a' || left(identity::text, 3) || right(identity::text, 12);
  transfer uuid := hex::uuid;
  transfer_name text := 'tr_' || hex;
  reached double precision;
  week double precision;
  person_text text;
  entry_text text;
  balance_text text;
  version_text text;
begin
  select p.account, a.state into person, counters
    from users.person p join engine.account a using (account) where p.digest = who for no key update of a;
  select * into purse from ledger.account where account = person and currency = 'points';
  if purse.account is null then
    purse := row(person, 'points', 0, 0, 0, 0, 0, '\\x0000000000000000000000000000000000000000000000000000000000000000'::bytea);
  end if;
  purse.available := purse.available + 10;
  purse.credited := purse.credited + 10;
  purse.entries := purse.entries + 1;
  select fence into version from events.head;
  -- Spelled out, because a function for the length prefix, called nine times, would slow the rival down.
  person_text := person::text;
  entry_text := purse.entries::text;
  balance_text := (purse.available + purse.held)::text;
  version_text := version::text;
  purse.head := sha256(convert_to(
    '1' || encode(purse.head, 'hex') || length(person_text) || ':' || person_text || '6:credit' || length(entry_text) || ':' || entry_text
    || length(balance_text) || ':' || balance_text || '36:' || transfer || '5:award6:points2:-12:10'
    || '13:' || now_ms || '13:' || now_ms || '36:' || identity || '6:commit'
    || length(version_text) || ':' || version_text || '--', 'UTF8'));
  insert into ledger.account values (purse.*)
    on conflict (account, currency) do update set available = excluded.available, credited = excluded.credited,
      entries = excluded.entries, head = excluded.head;
  insert into ledger.transfer (id, kind, currency, debit, credit, amount, occurred_at, recorded_at, cause, rule,
      catalog_version, credit_entry, credit_balance, credit_hash)
    values (transfer, 'award', 'points', -1, person, 10, moment, moment, identity, 'commit',
      version, purse.entries, purse.available + purse.held, purse.head);
  insert into boards.score as s values (person, 'weekly', to_char(moment, 'IYYY"-W"IW'), 10, moment)
    on conflict (account, board, period) do update set score = s.score + 10, reached_at = excluded.reached_at
    returning s.score into week;
  -- The hot row holds copies of the balance and of the newest score, as the engine writes them.
  update engine.account set state = json_build_object('metrics', json_build_object(
      'commits', json_build_array((counters #>> '{metrics,commits,0}')::float8 + 1, now_ms),
      'files', json_build_array((counters #>> '{metrics,files,0}')::float8 + 3, now_ms),
      'earned', json_build_array((counters #>> '{metrics,earned,0}')::float8 + 10, now_ms)),
      'balances', json_build_object('points', json_build_array(purse.available, purse.held, purse.credited, purse.debited,
        purse.entries, encode(purse.head, 'hex'))),
      'scores', json_build_object('weekly', json_build_array(to_char(moment, 'IYYY"-W"IW'), week, now_ms)))
    where account = person;
  reached := (counters #>> '{metrics,commits,0}')::float8 + 1;
  insert into boards.score as s values (person, 'commits', 'all', reached, moment)
    on conflict (account, board, period) do update set score = excluded.score, reached_at = excluded.reached_at;
  if first is null then
    update events.head set position = position + 2 returning position - 1 into first;
  end if;
  insert into events.log (position, type, account, id, source, occurred_at, local_day, recorded_at, data, facts, catalog_version, cause)
    values
      (first, 'code.commit', person, event_id, 'default', moment, moment::date, moment, '{"repo":"diana","files":3}', 1, version, null),
      (first + 1, 'points.awarded', person, null, null, moment, moment::date, moment, json_build_object('transfer', transfer_name,
        'rule', 'commit', 'currency', 'points', 'amount', 10, 'balance', purse.available), 0, version, first);
  insert into events.identity values (identity, body, person, first, json_build_object('awards', json_build_array(json_build_object(
      'transfer', transfer_name, 'rule', 'commit', 'currency', 'points', 'base', 10, 'multipliers', json_build_array(),
      'amount', 10, 'balance', purse.available)), 'achievements', json_build_array(), 'streaks', json_build_array(),
      'level', 1, 'skipped', json_build_array(), 'catalogVersion', version));
  return purse.available;
end $$;
`;
