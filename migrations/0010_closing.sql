-- compatible: processes of the version before close nothing, and decide again what this version closed meanwhile.

-- A period of a board that ended: first closed for events, then frozen. One that is not here is open, or nobody scored in it.
create table boards.closing (
  board text not null,
  period text not null,
  closes_at timestamptz not null,
  -- Last position of the log before it closed: everything up to there counts.
  position bigint not null,
  state text not null check (state in ('closing', 'closed')),
  -- Users on the board, once it is frozen.
  total integer,
  rewarded integer,
  closed_at timestamptz,
  primary key (board, period),
  check ((state = 'closed') = (closed_at is not null and total is not null and rewarded is not null))
);
create index closing_closes on boards.closing (closes_at);

-- Final standings of closed periods.
create table boards.standing (
  board text not null,
  period text not null,
  -- Order on the board, dense; ranks may be shared.
  place integer not null,
  rank integer not null,
  account bigint not null,
  score double precision not null,
  reached_at timestamptz not null,
  -- By currency; null where the rank earns none.
  award json,
  -- Of boards with leagues: where the user played, which rank that was there, and where the user plays next.
  tier text,
  cohort integer,
  league_rank integer,
  next_tier text,
  primary key (board, period, place),
  check ((tier is null) = (cohort is null) and (tier is null) = (league_rank is null) and (tier is null) = (next_tier is null))
);
create index standing_account on boards.standing (account);

-- The tier in which a user plays next.
create table boards.league_place (
  board text not null,
  account bigint not null,
  tier text not null,
  primary key (board, account)
);
create index league_place_account on boards.league_place (account);

-- Who plays against whom within a period. Seats are taken in the order in which users first scored, and none twice.
create table boards.league_entry (
  board text not null,
  period text not null,
  tier text not null,
  cohort integer not null,
  seat integer not null,
  account bigint not null,
  primary key (board, period, account),
  unique (board, period, tier, cohort, seat)
);
create index league_entry_account on boards.league_entry (account);

do $$
begin
  if exists (select from pg_roles where rolname = 'diana_service') then
    grant select, insert, update, delete on boards.closing to diana_service;
    grant select, insert, update, delete on boards.standing to diana_service;
    grant select, insert, update, delete on boards.league_place to diana_service;
    grant select, insert, update, delete on boards.league_entry to diana_service;
  end if;
exception
  when insufficient_privilege then raise notice 'no right to use the role diana_service: triggers alone protect the ledger';
end $$;
