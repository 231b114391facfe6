-- compatible: tables for what grows with streaks, achievements and metrics of distinct values. A process of the version
-- before does not know them and does not need them.

create schema metrics;
create schema streaks;
create schema achievements;

-- Values that a metric of kind `distinct` has met: each counts once in all (span ''), and once in each period of
-- each board over it (span '<board> <period>').
create table metrics.seen (
  account bigint not null,
  -- Key of the metric in catalog.version.origins.
  metric text not null,
  span text not null,
  -- Digest of the value.
  member uuid not null,
  primary key (account, metric, span, member)
);

-- Runs of consecutive days, in days since 1970-01-01, that came before a user's newest one, which is in the hot row.
-- Runs of one streak neither overlap nor touch.
create table streaks.run (
  account bigint not null,
  -- Key of the streak in catalog.version.origins.
  streak text not null,
  first integer not null,
  last integer not null,
  primary key (account, streak, first),
  check (last >= first)
);

-- What was unlocked, once for ever. The hot row has the same as a bitmap.
create table achievements.unlock (
  account bigint not null,
  achievement text not null,
  tier text not null,
  -- Bit of the tier in the hot row.
  number integer not null,
  -- Time of the event that unlocked it, and identity of that event or command.
  unlocked_at timestamptz not null,
  cause uuid not null,
  catalog_version integer not null,
  primary key (account, achievement, tier)
);
-- How rare a tier is.
create index unlock_tier on achievements.unlock (achievement, tier);

do $$
begin
  if exists (select from pg_roles where rolname = 'diana_service') then
    grant usage on schema metrics, streaks, achievements to diana_service;
    grant select on all tables in schema metrics, streaks, achievements to diana_service;
    grant insert, delete on metrics.seen, achievements.unlock to diana_service;
    grant insert, update, delete on streaks.run to diana_service;
  end if;
exception
  when insufficient_privilege then raise notice 'no right to use the role diana_service: triggers alone protect the ledger';
end $$;
