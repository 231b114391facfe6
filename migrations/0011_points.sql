-- breaking: a process of the version before would lose boosts when it writes a user's hot row, and credits that expire would
-- have no lot.

-- Points of a user that are set apart (to @held, -5), taken from what is set apart, or given back; what expired; and what
-- takes another transfer back.
alter table ledger.transfer drop constraint transfer_kind_check;
alter table ledger.transfer add constraint transfer_kind_check check (
  kind in ('award', 'spend', 'transfer', 'adjust', 'force', 'hold', 'capture', 'release', 'expire', 'reverse'));
alter table ledger.transfer add constraint transfer_held_check check (
  (kind = 'hold') = (credit = -5) and (kind = 'release') = (debit = -5));
-- Part of the entry's hash where it is there.
alter table ledger.transfer add column reverses uuid;
alter table ledger.transfer add constraint transfer_reverses_check check (kind = 'reverse' or reverses is null);
create unique index transfer_reverses on ledger.transfer (reverses) where reverses is not null;

-- Points of a user that are set apart until they are captured or released, in one piece or several. Deleted when the person is
-- erased; the entries stay, and what they hold is held for ever.
create table ledger.hold (
  id uuid primary key,
  -- The caller's id.
  name text not null unique,
  account bigint not null,
  currency text not null,
  amount bigint not null check (amount between 1 and 9007199254740991),
  captured bigint not null default 0 check (captured >= 0),
  released bigint not null default 0 check (released >= 0),
  -- What ended it; `held` while it goes on.
  state text not null check (state in ('held', 'captured', 'released', 'expired')),
  expires_at timestamptz,
  created_at timestamptz not null,
  -- The entry that set the points apart; its note has the reason.
  transfer uuid not null,
  cause uuid not null,
  check (captured + released <= amount),
  check ((state = 'held') = (captured + released < amount))
) with (fillfactor = 90);
create index hold_account on ledger.hold (account, created_at desc, id);
create index hold_open on ledger.hold (account, currency) where state = 'held';

-- Credits in currencies that expire, by the day at whose beginning they do, in the catalog's zone. What is left of them follows
-- from what was debited in all (ledger/lots.ts).
create table ledger.lot (
  account bigint not null,
  currency text not null,
  expires_on date not null,
  amount bigint not null check (amount between 1 and 9007199254740991),
  -- Whether it was announced ahead.
  warned boolean not null default false,
  primary key (account, currency, expires_on)
) with (fillfactor = 80);

-- Amounts count against limits too.
alter table rules.usage alter column used type bigint;

-- Factors on awards that somebody was granted for a time.
create table rules.boost (
  id uuid primary key,
  -- The caller's id.
  name text not null unique,
  -- Null: for everyone.
  account bigint,
  factor numeric not null check (factor > 0 and factor <= 1000),
  -- Null: all currencies, all rules.
  currency text,
  rules text[],
  -- For events with starts_at <= t < ends_at; none where they are the same.
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  granted_at timestamptz not null,
  granted_by text not null,
  reason text not null,
  -- Taken back before its time.
  cancelled boolean not null default false,
  check (starts_at <= ends_at)
);
create index boost_account on rules.boost (account, ends_at);
create index boost_everyone on rules.boost (ends_at) where account is null;

do $$
begin
  if exists (select from pg_roles where rolname = 'diana_service') then
    grant select, insert, update, delete on ledger.hold, ledger.lot, rules.boost to diana_service;
  end if;
exception
  when insufficient_privilege then raise notice 'no right to use the role diana_service: triggers alone protect the ledger';
end $$;
