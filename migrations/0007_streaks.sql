-- compatible: tables that a process of the version before neither reads nor writes. It knows no catalog with streaks by the week
-- or with grace, and leaves those streaks alone that were covered.

-- Units of a streak that neither count nor break.
create table streaks.cover (
  account bigint not null,
  -- Key of the streak in catalog.version.origins.
  streak text not null,
  kind text not null check (kind in ('pause', 'travel', 'restore')),
  -- Days since 1970-01-01, ISO weeks since the one of that day, or year × 12 + month; both included.
  first integer not null,
  last integer not null,
  -- Why somebody paused; in their words.
  reason text,
  created_at timestamptz not null,
  primary key (account, streak, kind, first),
  check (last >= first)
);

-- Days of streaks with hours of grace that had an event within those hours. Most days have none.
create table streaks.early (
  account bigint not null,
  streak text not null,
  day integer not null,
  -- Whether there was one after them, too.
  own boolean not null,
  primary key (account, streak, day)
);

do $$
begin
  if exists (select from pg_roles where rolname = 'diana_service') then
    grant select, insert, update, delete on streaks.cover, streaks.early to diana_service;
  end if;
exception
  when insufficient_privilege then raise notice 'no right to use the role diana_service: triggers alone protect the ledger';
end $$;
