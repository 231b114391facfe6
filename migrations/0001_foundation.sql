-- compatible: the first tables.
--
-- Each folder of the product owns one schema; only its store writes there. A user is known to the ledger and
-- the log by `account`, a random number: everything that names a person stands in `users.person`, in the
-- erasable columns of `events.log` (id, source, data, correlation_id), in `ledger.note`, or in a key's user.

create schema users;
create schema events;
create schema engine;
create schema ledger;
create schema rules;
create schema boards;
create schema catalog;
create schema access;

-- One row: what belongs to this installation and moves with a dump.
create table platform.installation (
  singleton boolean primary key default true check (singleton),
  -- Changes when a database is restored to an earlier moment, so that saved cursors notice.
  epoch uuid not null default gen_random_uuid(),
  -- 32 bytes: key of the digests under which outside ids are recognised.
  digest_key bytea not null check (length(digest_key) = 32)
);

-- Who a person is. Deleted when the person is erased; nothing else names them.
create table users.person (
  account bigint primary key check (account > 0),
  -- Keyed digest of the outside id: unique without the id itself standing in an index.
  digest uuid not null unique,
  id text not null,
  zone text,
  locale text,
  name text,
  attributes jsonb not null default '{}',
  created_at timestamptz not null
) with (fillfactor = 90);

-- One row: the head of the log. Locked last in every transaction, so position order is commit order, without gaps.
create table events.head (
  singleton boolean primary key default true check (singleton),
  position bigint not null default 0,
  -- Version of the rules under which positions may be taken. Moved by applying a catalog, in its transaction.
  fence bigint not null default 0
) with (fillfactor = 10);

-- Everything that happened, in order of commit. A posted event is followed at once by the facts it caused.
create table events.log (
  position bigint primary key,
  type text not null,
  -- Null for facts that concern no user.
  account bigint,
  -- Posted events have an outside id; facts are known as evt_<position>.
  id text,
  source text,
  occurred_at timestamptz not null,
  -- UTC offset in seconds as written; null for Z, -00:00 and no time at all.
  written_offset integer,
  -- The local day of the event, fixed at acceptance. Null for facts outside any user's calendar.
  local_day date,
  recorded_at timestamptz not null,
  data json,
  correlation_id text,
  -- Position of the event that caused this one; null for what came from outside.
  cause bigint,
  -- How many facts follow that this event caused, directly or not.
  facts smallint not null default 0,
  catalog_version integer not null,
  check (cause is null or cause < position)
);
-- The events of one user: what came from outside; the facts stand right behind each.
create index log_account on events.log (account, position) where cause is null;

-- Every identity ever claimed, for ever: a repeat gets the first answer.
create table events.identity (
  digest uuid primary key,
  body uuid not null,
  account bigint,
  -- Null for a remembered refusal.
  position bigint,
  -- The first answer, as it was given.
  result json not null
);

-- The hot row: one per user, rewritten with every event, compact; what grows stands in side tables.
create table engine.account (
  account bigint primary key,
  -- Lifetime counters, and copies of the balances, the newest scores, zone and attributes: see src/engine/state.ts.
  state json not null
) with (fillfactor = 70);

-- A user's balance in one currency. System accounts have no row: their balance is derived.
create table ledger.account (
  account bigint not null,
  currency text not null,
  available bigint not null,
  held bigint not null default 0 check (held >= 0),
  credited bigint not null check (credited between 0 and 9007199254740991),
  debited bigint not null check (debited between 0 and 9007199254740991),
  -- Number of entries, and hash of the last one.
  entries bigint not null check (entries >= 0),
  head bytea not null check (length(head) = 32),
  primary key (account, currency),
  check (available + held = credited - debited)
) with (fillfactor = 70);

-- A transfer moves one amount of one currency from its debit to its credit account, and is an entry in the
-- chain of each user account among the two. Accounts below zero belong to the system and have no chain:
-- -1 @issued, -2 @spent, -3 @expired, -4 @adjusted.
create table ledger.transfer (
  id uuid primary key,
  kind text not null check (kind in ('award', 'spend', 'transfer', 'adjust', 'force')),
  currency text not null,
  debit bigint not null,
  credit bigint not null,
  amount bigint not null check (amount between 1 and 9007199254740991),
  -- The event's time and the moment of acceptance.
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  -- Identity of the event or command that caused it.
  cause uuid not null,
  rule text,
  catalog_version integer not null,
  -- Who asked for it, where a person did: id of the key.
  actor text,
  -- SHA-256 over a random nonce and the reason (ledger.note); null where there is no reason.
  reason_commitment bytea check (length(reason_commitment) = 32),
  -- Number, balance after, and hash of the entry in the debited user's chain; null where the system is debited.
  debit_entry bigint,
  debit_balance bigint,
  debit_hash bytea check (length(debit_hash) = 32),
  credit_entry bigint,
  credit_balance bigint,
  credit_hash bytea check (length(credit_hash) = 32),
  check (debit <> credit and debit <> 0 and credit <> 0),
  check (debit > 0 or credit > 0),
  check ((debit > 0) = (debit_entry is not null) and (debit > 0) = (debit_balance is not null) and (debit > 0) = (debit_hash is not null)),
  check ((credit > 0) = (credit_entry is not null) and (credit > 0) = (credit_balance is not null) and (credit > 0) = (credit_hash is not null))
);
create unique index transfer_debit on ledger.transfer (debit, currency, debit_entry) where debit > 0;
create unique index transfer_credit on ledger.transfer (credit, currency, credit_entry) where credit > 0;

-- Free text of a transfer; erasable: the chain holds only a commitment to it.
create table ledger.note (
  transfer uuid primary key,
  nonce bytea not null check (length(nonce) = 32),
  reason text not null
);

-- Result of the last whole verification.
create table ledger.verification (
  id bigint generated always as identity primary key,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  accounts bigint not null,
  entries bigint not null,
  -- Null when everything held; else what the first fault is.
  fault text
);

-- How often a rule paid a user, for limits. Calendar spans: bucket is the local day, week or month, `used` the
-- count. Sliding spans of w ms: bucket is floor(t / w), `times` the event times in ms, so that any window
-- (t − w, t] lies in two buckets, however late t is.
create table rules.usage (
  account bigint not null,
  rule text not null,
  span text not null,
  bucket text not null,
  used integer not null,
  times bigint[],
  primary key (account, rule, span, bucket)
) with (fillfactor = 80);

create table boards.score (
  account bigint not null,
  -- Key of the board in catalog.version.origins.
  board text not null,
  period text not null,
  score double precision not null,
  -- Time of the event that reached the score: earlier wins ties.
  reached_at timestamptz not null,
  primary key (account, board, period)
) with (fillfactor = 80);
-- With the account behind, so that a look-up of one score is as good by this index as by the key, whichever the
-- planner takes while the table is young.
create index score_board on boards.score (board, period, account);

-- Every catalog ever applied.
create table catalog.version (
  version integer primary key check (version > 0),
  source text not null,
  digest text not null,
  applied_at timestamptz not null,
  actor text not null,
  -- Where the values of each metric and board stand, and since when. What changes its meaning, or comes back after it
  -- was taken away, begins anew under another key, and the old values stay where they were:
  -- {"metrics":{"earned":{"key":"earned","since":"2026-11-21T00:00:00.000Z"}},"boards":{"weekly":{"key":"weekly@3","since":"…"}}}
  origins jsonb not null
);

create table access.key (
  id text primary key,
  -- SHA-256 of the secret part, which has 256 random bits and is shown once.
  hash bytea not null,
  role text not null check (role in ('client', 'service', 'admin')),
  name text not null,
  -- The one user a client key speaks for.
  account bigint,
  created_at timestamptz not null,
  revoked_at timestamptz,
  check ((role = 'client') = (account is not null))
);

-- Who changed what, and why. Written in the transaction of the change.
create table access.audit (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  actor text not null,
  action text not null,
  target text not null,
  before jsonb,
  after jsonb,
  reason text
);

create function platform.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% on %.% is not allowed: entries are never changed', tg_op, tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;

create trigger append_only before update or delete or truncate on ledger.transfer
  for each statement execute function platform.refuse_change();
create trigger append_only before delete or truncate on access.audit
  for each statement execute function platform.refuse_change();
create trigger append_only before delete or truncate on events.log
  for each statement execute function platform.refuse_change();
create trigger append_only before update or delete or truncate on catalog.version
  for each statement execute function platform.refuse_change();

-- The log is never changed, except that erasing a person blanks what may name them.
create function events.allow_erasure_only() returns trigger language plpgsql as $$
begin
  if new.id is null and new.source is null and new.data is null and new.correlation_id is null
    and (new.position, new.type, new.account, new.occurred_at, new.written_offset, new.local_day, new.recorded_at, new.cause, new.facts, new.catalog_version)
      is not distinct from
        (old.position, old.type, old.account, old.occurred_at, old.written_offset, old.local_day, old.recorded_at, old.cause, old.facts, old.catalog_version)
  then
    return new;
  end if;
  raise exception 'events.log is append-only: only erasure may blank it' using errcode = 'insufficient_privilege';
end $$;
create trigger erasure_only before update on events.log
  for each row execute function events.allow_erasure_only();

-- Neither is the audit log, except that erasing a person blanks the free text about them.
create function access.allow_erasure_only() returns trigger language plpgsql as $$
begin
  if new.reason is null
    and (new.id, new.at, new.actor, new.action, new.target, new.before, new.after)
      is not distinct from (old.id, old.at, old.actor, old.action, old.target, old.before, old.after)
  then
    return new;
  end if;
  raise exception 'access.audit is append-only: only erasure may blank a reason' using errcode = 'insufficient_privilege';
end $$;
create trigger erasure_only before update on access.audit
  for each row execute function access.allow_erasure_only();

-- Raised from the statement that takes positions when the catalog has moved on: the batch is decided again.
create function events.fence_moved() returns bigint language plpgsql as $$
begin
  raise exception 'the catalog changed while the batch was decided' using errcode = 'DN001';
end $$;

insert into events.head default values;
insert into platform.installation (digest_key)
  values (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));

-- The service does its work under a role that may not change what is written once. Roles belong to the whole
-- cluster, so it may exist already; where we may not create it, the triggers above still stand.
do $$
begin
  if not exists (select from pg_roles where rolname = 'diana_service') then
    begin
      create role diana_service nologin;
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then raise notice 'no right to create the role diana_service: triggers alone protect the ledger';
    end;
  end if;
  if exists (select from pg_roles where rolname = 'diana_service') then
    execute format('grant diana_service to %I', current_user);
    grant usage on schema platform, users, events, engine, ledger, rules, boards, catalog, access to diana_service;
    grant select on all tables in schema platform, users, events, engine, ledger, rules, boards, catalog, access to diana_service;
    grant insert on events.log, events.identity, ledger.transfer, ledger.verification, catalog.version, access.audit to diana_service;
    grant update (id, source, data, correlation_id) on events.log to diana_service;
    grant update (reason) on access.audit to diana_service;
    grant update on events.head to diana_service;
    grant insert, update, delete on users.person, engine.account, rules.usage, boards.score to diana_service;
    grant insert, update on ledger.account, access.key to diana_service;
    grant insert, delete on ledger.note to diana_service;
    grant usage on all sequences in schema ledger, access to diana_service;
    grant execute on function events.fence_moved() to diana_service;
  end if;
exception
  -- A role that exists but is not ours to grant (a managed server): work as the login role, behind the triggers.
  when insufficient_privilege then raise notice 'no right to use the role diana_service: triggers alone protect the ledger';
end $$;
