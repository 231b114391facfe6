-- compatible: columns that may stay null, and a table that a process of the version before does not read: it shows hidden
-- users until it ends.

-- What `by` of the board said when the score moved last.
alter table boards.score add column segment text check (length(segment) between 1 and 64);
-- What `record` of the board kept of the event that set the score.
alter table boards.score add column record json;

-- Users who take no rank. They keep scoring, and stand where their scores put them once their row is gone.
create table boards.hidden (
  account bigint not null,
  -- Key of a board; empty for all.
  board text not null,
  -- By their own wish, or by an admin: each is lifted by itself.
  kind text not null check (kind in ('opted_out', 'hidden')),
  -- Id of the key that did it.
  actor text not null,
  at timestamptz not null,
  primary key (account, board, kind)
);

do $$
begin
  if exists (select from pg_roles where rolname = 'diana_service') then
    grant select, insert, update, delete on boards.hidden to diana_service;
  end if;
exception
  when insufficient_privilege then raise notice 'no right to use the role diana_service: triggers alone protect the ledger';
end $$;
