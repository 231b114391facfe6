-- compatible: a table for events of undeclared types, which strictEvents refuses and keeps for inspection. A process of
-- the version before refuses them without keeping them.

-- One row for each identity, however often it is sent: nothing of it counts, and its id stays free. The newest 100,000
-- are kept. Erased with the person.
create table events.set_aside (
  -- Identity digest.
  digest uuid primary key,
  received_at timestamptz not null,
  -- How often it was sent.
  times integer not null default 1,
  type text not null,
  source text not null,
  id text not null,
  -- Digest of the user's id, and the id: the user may not exist.
  person uuid not null,
  "user" text not null,
  data json not null
);
create index set_aside_received on events.set_aside (received_at, digest);
create index set_aside_person on events.set_aside (person);

do $$
begin
  if exists (select from pg_roles where rolname = 'diana_service') then
    grant select, insert, update, delete on events.set_aside to diana_service;
  end if;
exception
  when insufficient_privilege then raise notice 'no right to use the role diana_service: triggers alone protect the ledger';
end $$;
