-- compatible: tables of the bus and of flows, and a column of the log that may stay null. A process of the version before
-- writes events without it, and delivers nothing.

create schema bus;
create schema flows;
-- Tables of programs that embed Diana: theirs to create and to write, in the transactions of their handlers.
create schema app;

-- What caused an event, as its sender tells: the id of another event, of whatever service. Erased with the person.
alter table events.log add column causation_id text;

create or replace function events.allow_erasure_only() returns trigger language plpgsql as $$
begin
  if new.id is null and new.source is null and new.data is null and new.correlation_id is null
    and (new.causation_id is null or new.causation_id is not distinct from old.causation_id)
    and (new.position, new.type, new.account, new.occurred_at, new.written_offset, new.local_day, new.recorded_at, new.cause, new.facts, new.catalog_version)
      is not distinct from
        (old.position, old.type, old.account, old.occurred_at, old.written_offset, old.local_day, old.recorded_at, old.cause, old.facts, old.catalog_version)
  then
    return new;
  end if;
  raise exception 'events.log is append-only: only erasure may blank it' using errcode = 'insufficient_privilege';
end $$;

-- Traces are found by their roots: facts stand right behind the event that caused them, and share its correlation.
create index log_correlation on events.log (correlation_id, position) where cause is null and correlation_id is not null;

-- Who asked for what.
create table bus.subscription (
  name text primary key,
  kind text not null check (kind in ('handler', 'webhook', 'redis')),
  -- Patterns over event types; an event that several of them match is delivered once.
  types text[] not null check (cardinality(types) > 0),
  -- A condition in CEL, or null for every event.
  filter text,
  -- Address, retries, breaker, order: what src/bus/settings.ts reads.
  settings json not null,
  -- Of a webhook: [{"secret":"whsec_…","until":"2026-…"|null}], the one to sign with first.
  secrets json,
  state text not null default 'active' check (state in ('active', 'paused', 'disabled')),
  -- Why it is not active.
  reason text,
  created_at timestamptz not null,
  created_by text not null
);

-- How far each has come. Its own narrow row, because it is written with every batch of deliveries.
create table bus.cursor (
  subscription text primary key references bus.subscription on delete cascade,
  -- Everything up to here was delivered, or stands in bus.delivery or bus.dead_letter.
  position bigint not null check (position >= 0),
  -- Where it began: nothing before that is delivered by itself.
  start bigint not null default 0,
  -- While a backlog is worked off beside live traffic: where the backlog ends, and how far live events have come.
  seam bigint,
  express bigint,
  -- Where that backlog began; for showing how far it is.
  backlog_from bigint,
  -- Raised whenever another process takes over, or an operator moves the cursor: who still has the old one cannot write.
  token bigint not null default 0,
  owner uuid,
  -- {"state":"closed"|"open"|"half_open",…}, src/bus/breaker.ts.
  breaker json not null default '{"state":"closed"}',
  -- When something was delivered last.
  delivered_at timestamptz,
  delivered bigint not null default 0,
  failed bigint not null default 0,
  check ((seam is null) = (express is null) and (seam is null) = (backlog_from is null)),
  check (seam is null or (position <= seam and seam <= express))
) with (fillfactor = 30);

-- Processes that deliver. One that has not said in time that it is alive has lost what it owned.
create table bus.worker (
  id uuid primary key,
  alive_until timestamptz not null
) with (fillfactor = 50);

-- Deliveries that wait: for their next attempt, or behind an earlier one of the same user.
create table bus.delivery (
  subscription text not null references bus.subscription on delete cascade,
  position bigint not null,
  -- 0: about no user. Deliveries of one user keep their order.
  account bigint not null,
  -- Null: waits for the one before it.
  due_at timestamptz,
  attempts integer not null default 0,
  -- [{"at":"2026-…","error":"…","status":503}], oldest first.
  tries json not null default '[]',
  primary key (subscription, position)
);
create index delivery_due on bus.delivery (subscription, due_at) where due_at is not null;
create index delivery_account on bus.delivery (subscription, account, position);

-- Effects that stand while the cursor is behind them: of handlers that take a transaction of their own for each event.
create table bus.done (
  subscription text not null references bus.subscription on delete cascade,
  position bigint not null,
  primary key (subscription, position)
);

-- Deliveries that were given up.
create table bus.dead_letter (
  subscription text not null references bus.subscription on delete cascade,
  position bigint not null,
  account bigint not null,
  type text not null,
  correlation_id text,
  attempts integer not null,
  tries json not null,
  died_at timestamptz not null,
  primary key (subscription, position)
);
create index dead_letter_died on bus.dead_letter (died_at, position);
create index dead_letter_account on bus.dead_letter (account);

-- Goes up with every change of subscriptions, so that other processes hear of it.
create table bus.change (
  singleton boolean primary key default true check (singleton),
  number bigint not null default 0
) with (fillfactor = 10);
insert into bus.change default values;

-- Raised from the statement that moves a cursor when its token is an old one: nothing of that transaction stays.
create function bus.fenced() returns bigint language plpgsql as $$
begin
  raise exception 'another process delivers this subscription now' using errcode = 'DN002';
end $$;

-- Transactions that cross services, as the catalog declares them: one row for each that was started.
create table flows.flow (
  flow text not null,
  correlation_id text not null,
  -- 0: about no user.
  account bigint not null,
  -- Of the event that started it, and of the one that ended it.
  position bigint not null,
  started_at timestamptz not null,
  deadline_at timestamptz,
  state text not null check (state in ('open', 'finished', 'overdue', 'failed')),
  end_position bigint,
  ended_at timestamptz,
  -- Why it failed.
  reason text,
  primary key (flow, correlation_id)
);
create index flow_deadline on flows.flow (deadline_at) where state = 'open';
create index flow_started on flows.flow (started_at, flow, correlation_id);
create index flow_correlation on flows.flow (correlation_id);
create index flow_account on flows.flow (account);

do $$
begin
  if exists (select from pg_roles where rolname = 'diana_service') then
    grant usage on schema bus, flows to diana_service;
    grant usage, create on schema app to diana_service;
    grant select, insert, update, delete on all tables in schema bus, flows to diana_service;
    grant execute on function bus.fenced() to diana_service;
    grant update (causation_id) on events.log to diana_service;
  end if;
exception
  when insufficient_privilege then raise notice 'no right to use the role diana_service: triggers alone protect the ledger';
end $$;
