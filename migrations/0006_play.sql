-- breaking: a process of the version before would write events without their moves, so that nothing could be folded again
-- from them, and would not see that a period of a board was closed meanwhile.

-- What an event counted: steps of metrics, states shown, days of streaks. Everything derived is folded from it again, by
-- `diana rebuild` and when something is undone. Null where nothing moved, and once erased.
alter table events.log add column moves json;

create or replace function events.allow_erasure_only() returns trigger language plpgsql as $$
begin
  if new.id is null and new.source is null and new.data is null and new.correlation_id is null and new.moves is null
    and (new.causation_id is null or new.causation_id is not distinct from old.causation_id)
    and (new.position, new.type, new.account, new.occurred_at, new.written_offset, new.local_day, new.recorded_at, new.cause, new.facts, new.catalog_version)
      is not distinct from
        (old.position, old.type, old.account, old.occurred_at, old.written_offset, old.local_day, old.recorded_at, old.cause, old.facts, old.catalog_version)
  then
    return new;
  end if;
  raise exception 'events.log is append-only: only erasure may blank it' using errcode = 'insufficient_privilege';
end $$;

-- What decisions go by beside the catalog: periods that were closed, boosts for everyone. A batch that was decided under an
-- older generation is decided again.
alter table events.head add column generation bigint not null default 0;

-- The first position whose moves are recorded: what is before it cannot be folded again. Null where everything is recorded.
alter table events.head add column moves_from bigint;
update events.head set moves_from = position + 1 where position > 0;

create schema timers;

-- Everything that is to happen later. A row is taken in the transaction that does it.
create table timers.timer (
  kind text not null,
  key text not null,
  due_at timestamptz not null,
  -- Null: about no user.
  account bigint,
  data json not null,
  -- How often it was tried and failed.
  attempts integer not null default 0,
  primary key (kind, key)
);
create index timer_due on timers.timer (due_at);
create index timer_account on timers.timer (account) where account is not null;

do $$
begin
  if exists (select from pg_roles where rolname = 'diana_service') then
    grant usage on schema timers to diana_service;
    grant select, insert, update, delete on timers.timer to diana_service;
    grant update (moves) on events.log to diana_service;
  end if;
exception
  when insufficient_privilege then raise notice 'no right to use the role diana_service: triggers alone protect the ledger';
end $$;
