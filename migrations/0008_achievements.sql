-- breaking: a process of the version before would leave out of the hot rows it writes how often a tier was unlocked and
-- which were revoked, so that they would be paid and unlocked again.

-- What was unlocked again and again is one row: `unlocked_at` and `cause` are of the first time.
alter table achievements.unlock
  -- By hand, not by progress.
  add column granted boolean not null default false,
  add column times integer not null default 1 check (times > 0),
  add column last_at timestamptz;
update achievements.unlock set last_at = unlocked_at;
alter table achievements.unlock alter column last_at set not null;

-- Periods in which tiers that repeat by periods were unlocked: each once in every one. They stay when the tier is revoked.
create table achievements.occurrence (
  account bigint not null,
  -- Of the tier: its bit in the hot row.
  number integer not null,
  period text not null,
  primary key (account, number, period)
);

-- Tiers that were taken away by hand, with a copy in the hot row: they stay locked until they are granted again.
create table achievements.revocation (
  account bigint not null,
  achievement text not null,
  tier text not null,
  number integer not null,
  revoked_at timestamptz not null,
  primary key (account, number)
);

do $$
begin
  if exists (select from pg_roles where rolname = 'diana_service') then
    grant update (times, last_at) on achievements.unlock to diana_service;
    grant select, insert, delete on achievements.occurrence, achievements.revocation to diana_service;
  end if;
exception
  when insufficient_privilege then raise notice 'no right to use the role diana_service: triggers alone protect the ledger';
end $$;
