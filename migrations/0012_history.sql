-- compatible: a process of the version before neither starts nor resumes a backfill, and lets one that is under way stand.

-- What a version of the catalog began, computed over the events that were there before it, user by user. A row is where it
-- stands: it is moved in the transaction that does the work for the users it passes, so that it can be resumed anywhere.
create table engine.backfill (
  -- Of the catalog: the one whose new definitions are computed.
  version integer primary key references catalog.version,
  -- Last position that was decided by the version before.
  up_to bigint not null,
  -- Unlocks what is due without a word and without a reward.
  silent boolean not null,
  state text not null default 'running' check (state in ('running', 'done')),
  -- Last account that is done; accounts are random numbers above 0.
  cursor bigint not null default 0,
  done bigint not null default 0,
  -- Users whose rewards the ledger refused: their values are computed, their unlocks are not made.
  failed bigint not null default 0,
  -- Users when it began.
  total bigint not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  check ((state = 'done') = (finished_at is not null))
);

do $$
begin
  if exists (select from pg_roles where rolname = 'diana_service') then
    grant select, insert, update on engine.backfill to diana_service;
  end if;
exception
  when insufficient_privilege then raise notice 'no right to use the role diana_service: triggers alone protect the ledger';
end $$;
