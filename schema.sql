-- What the migrations add up to, for reading. Generated: npm run schema

create schema access;

CREATE OR REPLACE FUNCTION access.allow_erasure_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.reason is null
    and (new.id, new.at, new.actor, new.action, new.target, new.before, new.after)
      is not distinct from (old.id, old.at, old.actor, old.action, old.target, old.before, old.after)
  then
    return new;
  end if;
  raise exception 'access.audit is append-only: only erasure may blank a reason' using errcode = 'insufficient_privilege';
end $function$;

create table access.audit (
  id bigint not null generated always as identity,
  at timestamp with time zone not null,
  actor text not null,
  action text not null,
  target text not null,
  before jsonb,
  after jsonb,
  reason text,
  constraint audit_pkey PRIMARY KEY (id)
);
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON access.audit FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
CREATE TRIGGER erasure_only BEFORE UPDATE ON access.audit FOR EACH ROW EXECUTE FUNCTION access.allow_erasure_only();

create table access.key (
  id text not null,
  hash bytea not null,
  role text not null,
  name text not null,
  account bigint,
  created_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  constraint key_pkey PRIMARY KEY (id),
  constraint key_check CHECK (((role = 'client'::text) = (account IS NOT NULL))),
  constraint key_role_check CHECK ((role = ANY (ARRAY['client'::text, 'service'::text, 'admin'::text])))
);

grant usage on schema access to diana_service;
grant insert, select, update (reason) on access.audit to diana_service;
grant insert, select, update on access.key to diana_service;
grant usage on sequence access.audit_id_seq to diana_service;

create schema achievements;

create table achievements.occurrence (
  account bigint not null,
  number integer not null,
  period text not null,
  constraint occurrence_pkey PRIMARY KEY (account, number, period)
);

create table achievements.revocation (
  account bigint not null,
  achievement text not null,
  tier text not null,
  number integer not null,
  revoked_at timestamp with time zone not null,
  constraint revocation_pkey PRIMARY KEY (account, number)
);

create table achievements.unlock (
  account bigint not null,
  achievement text not null,
  tier text not null,
  number integer not null,
  unlocked_at timestamp with time zone not null,
  cause uuid not null,
  catalog_version integer not null,
  granted boolean not null default false,
  times integer not null default 1,
  last_at timestamp with time zone not null,
  constraint unlock_pkey PRIMARY KEY (account, achievement, tier),
  constraint unlock_times_check CHECK ((times > 0))
);
CREATE INDEX unlock_tier ON achievements.unlock USING btree (achievement, tier);

grant usage on schema achievements to diana_service;
grant delete, insert, select on achievements.occurrence to diana_service;
grant delete, insert, select on achievements.revocation to diana_service;
grant delete, insert, select, update (last_at, times) on achievements.unlock to diana_service;

create schema app;

grant create, usage on schema app to diana_service;

create schema boards;

create table boards.closing (
  board text not null,
  period text not null,
  closes_at timestamp with time zone not null,
  position bigint not null,
  state text not null,
  total integer,
  rewarded integer,
  closed_at timestamp with time zone,
  constraint closing_pkey PRIMARY KEY (board, period),
  constraint closing_check CHECK (((state = 'closed'::text) = ((closed_at IS NOT NULL) AND (total IS NOT NULL) AND (rewarded IS NOT NULL)))),
  constraint closing_state_check CHECK ((state = ANY (ARRAY['closing'::text, 'closed'::text])))
);
CREATE INDEX closing_closes ON boards.closing USING btree (closes_at);

create table boards.hidden (
  account bigint not null,
  board text not null,
  kind text not null,
  actor text not null,
  at timestamp with time zone not null,
  constraint hidden_pkey PRIMARY KEY (account, board, kind),
  constraint hidden_kind_check CHECK ((kind = ANY (ARRAY['opted_out'::text, 'hidden'::text])))
);

create table boards.league_entry (
  board text not null,
  period text not null,
  tier text not null,
  cohort integer not null,
  seat integer not null,
  account bigint not null,
  constraint league_entry_pkey PRIMARY KEY (board, period, account),
  constraint league_entry_board_period_tier_cohort_seat_key UNIQUE (board, period, tier, cohort, seat)
);
CREATE INDEX league_entry_account ON boards.league_entry USING btree (account);

create table boards.league_place (
  board text not null,
  account bigint not null,
  tier text not null,
  constraint league_place_pkey PRIMARY KEY (board, account)
);
CREATE INDEX league_place_account ON boards.league_place USING btree (account);

create table boards.score (
  account bigint not null,
  board text not null,
  period text not null,
  score double precision not null,
  reached_at timestamp with time zone not null,
  segment text,
  record json,
  constraint score_pkey PRIMARY KEY (account, board, period),
  constraint score_segment_check CHECK (((length(segment) >= 1) AND (length(segment) <= 64)))
) with (fillfactor=80);
CREATE INDEX score_board ON boards.score USING btree (board, period, account);

create table boards.standing (
  board text not null,
  period text not null,
  place integer not null,
  rank integer not null,
  account bigint not null,
  score double precision not null,
  reached_at timestamp with time zone not null,
  award json,
  tier text,
  cohort integer,
  league_rank integer,
  next_tier text,
  constraint standing_pkey PRIMARY KEY (board, period, place),
  constraint standing_check CHECK ((((tier IS NULL) = (cohort IS NULL)) AND ((tier IS NULL) = (league_rank IS NULL)) AND ((tier IS NULL) = (next_tier IS NULL))))
);
CREATE INDEX standing_account ON boards.standing USING btree (account);

grant usage on schema boards to diana_service;
grant delete, insert, select, update on boards.closing to diana_service;
grant delete, insert, select, update on boards.hidden to diana_service;
grant delete, insert, select, update on boards.league_entry to diana_service;
grant delete, insert, select, update on boards.league_place to diana_service;
grant delete, insert, select, update on boards.score to diana_service;
grant delete, insert, select, update on boards.standing to diana_service;

create schema bus;

CREATE OR REPLACE FUNCTION bus.fenced()
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'another process delivers this subscription now' using errcode = 'DN002';
end $function$;

create table bus.change (
  singleton boolean not null default true,
  number bigint not null default 0,
  constraint change_pkey PRIMARY KEY (singleton),
  constraint change_singleton_check CHECK (singleton)
) with (fillfactor=10);

create table bus.cursor (
  subscription text not null,
  position bigint not null,
  start bigint not null default 0,
  seam bigint,
  express bigint,
  backlog_from bigint,
  token bigint not null default 0,
  owner uuid,
  breaker json not null default '{"state":"closed"}'::json,
  delivered_at timestamp with time zone,
  delivered bigint not null default 0,
  failed bigint not null default 0,
  constraint cursor_pkey PRIMARY KEY (subscription),
  constraint cursor_subscription_fkey FOREIGN KEY (subscription) REFERENCES bus.subscription(name) ON DELETE CASCADE,
  constraint cursor_check CHECK ((((seam IS NULL) = (express IS NULL)) AND ((seam IS NULL) = (backlog_from IS NULL)))),
  constraint cursor_check1 CHECK (((seam IS NULL) OR (("position" <= seam) AND (seam <= express)))),
  constraint cursor_position_check CHECK (("position" >= 0))
) with (fillfactor=30);

create table bus.dead_letter (
  subscription text not null,
  position bigint not null,
  account bigint not null,
  type text not null,
  correlation_id text,
  attempts integer not null,
  tries json not null,
  died_at timestamp with time zone not null,
  constraint dead_letter_pkey PRIMARY KEY (subscription, "position"),
  constraint dead_letter_subscription_fkey FOREIGN KEY (subscription) REFERENCES bus.subscription(name) ON DELETE CASCADE
);
CREATE INDEX dead_letter_account ON bus.dead_letter USING btree (account);
CREATE INDEX dead_letter_died ON bus.dead_letter USING btree (died_at, "position");

create table bus.delivery (
  subscription text not null,
  position bigint not null,
  account bigint not null,
  due_at timestamp with time zone,
  attempts integer not null default 0,
  tries json not null default '[]'::json,
  constraint delivery_pkey PRIMARY KEY (subscription, "position"),
  constraint delivery_subscription_fkey FOREIGN KEY (subscription) REFERENCES bus.subscription(name) ON DELETE CASCADE
);
CREATE INDEX delivery_account ON bus.delivery USING btree (subscription, account, "position");
CREATE INDEX delivery_due ON bus.delivery USING btree (subscription, due_at) WHERE (due_at IS NOT NULL);

create table bus.done (
  subscription text not null,
  position bigint not null,
  constraint done_pkey PRIMARY KEY (subscription, "position"),
  constraint done_subscription_fkey FOREIGN KEY (subscription) REFERENCES bus.subscription(name) ON DELETE CASCADE
);

create table bus.subscription (
  name text not null,
  kind text not null,
  types text[] not null,
  filter text,
  settings json not null,
  secrets json,
  state text not null default 'active'::text,
  reason text,
  created_at timestamp with time zone not null,
  created_by text not null,
  constraint subscription_pkey PRIMARY KEY (name),
  constraint subscription_kind_check CHECK ((kind = ANY (ARRAY['handler'::text, 'webhook'::text, 'redis'::text]))),
  constraint subscription_state_check CHECK ((state = ANY (ARRAY['active'::text, 'paused'::text, 'disabled'::text]))),
  constraint subscription_types_check CHECK ((cardinality(types) > 0))
);

create table bus.worker (
  id uuid not null,
  alive_until timestamp with time zone not null,
  constraint worker_pkey PRIMARY KEY (id)
) with (fillfactor=50);

grant usage on schema bus to diana_service;
grant delete, insert, select, update on bus.change to diana_service;
grant delete, insert, select, update on bus.cursor to diana_service;
grant delete, insert, select, update on bus.dead_letter to diana_service;
grant delete, insert, select, update on bus.delivery to diana_service;
grant delete, insert, select, update on bus.done to diana_service;
grant delete, insert, select, update on bus.subscription to diana_service;
grant delete, insert, select, update on bus.worker to diana_service;
grant execute on function bus.fenced() to diana_service;

create schema catalog;

create table catalog.version (
  version integer not null,
  source text not null,
  digest text not null,
  applied_at timestamp with time zone not null,
  actor text not null,
  origins jsonb not null,
  name text,
  changes integer,
  constraint version_pkey PRIMARY KEY (version),
  constraint version_changes_check CHECK ((changes >= 0)),
  constraint version_version_check CHECK ((version > 0))
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON catalog.version FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();

grant usage on schema catalog to diana_service;
grant insert, select on catalog.version to diana_service;

create schema engine;

create table engine.account (
  account bigint not null,
  state json not null,
  constraint account_pkey PRIMARY KEY (account)
) with (fillfactor=70);

create table engine.backfill (
  version integer not null,
  up_to bigint not null,
  silent boolean not null,
  state text not null default 'running'::text,
  cursor bigint not null default 0,
  done bigint not null default 0,
  failed bigint not null default 0,
  total bigint not null,
  started_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  constraint backfill_pkey PRIMARY KEY (version),
  constraint backfill_version_fkey FOREIGN KEY (version) REFERENCES catalog.version(version),
  constraint backfill_check CHECK (((state = 'done'::text) = (finished_at IS NOT NULL))),
  constraint backfill_state_check CHECK ((state = ANY (ARRAY['running'::text, 'done'::text])))
);

grant usage on schema engine to diana_service;
grant delete, insert, select, update on engine.account to diana_service;
grant insert, select, update on engine.backfill to diana_service;

create schema events;

CREATE OR REPLACE FUNCTION events.allow_erasure_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION events.fence_moved()
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'the catalog changed while the batch was decided' using errcode = 'DN001';
end $function$;

create table events.head (
  singleton boolean not null default true,
  position bigint not null default 0,
  fence bigint not null default 0,
  generation bigint not null default 0,
  moves_from bigint,
  constraint head_pkey PRIMARY KEY (singleton),
  constraint head_singleton_check CHECK (singleton)
) with (fillfactor=10);

create table events.identity (
  digest uuid not null,
  body uuid not null,
  account bigint,
  position bigint,
  result json not null,
  constraint identity_pkey PRIMARY KEY (digest)
);

create table events.log (
  position bigint not null,
  type text not null,
  account bigint,
  id text,
  source text,
  occurred_at timestamp with time zone not null,
  written_offset integer,
  local_day date,
  recorded_at timestamp with time zone not null,
  data json,
  correlation_id text,
  cause bigint,
  facts smallint not null default 0,
  catalog_version integer not null,
  causation_id text,
  moves json,
  constraint log_pkey PRIMARY KEY ("position"),
  constraint log_check CHECK (((cause IS NULL) OR (cause < "position")))
);
CREATE INDEX log_account ON events.log USING btree (account, "position") WHERE (cause IS NULL);
CREATE INDEX log_correlation ON events.log USING btree (correlation_id, "position") WHERE ((cause IS NULL) AND (correlation_id IS NOT NULL));
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON events.log FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
CREATE TRIGGER erasure_only BEFORE UPDATE ON events.log FOR EACH ROW EXECUTE FUNCTION events.allow_erasure_only();

create table events.set_aside (
  digest uuid not null,
  received_at timestamp with time zone not null,
  times integer not null default 1,
  type text not null,
  source text not null,
  id text not null,
  person uuid not null,
  user text not null,
  data json not null,
  constraint set_aside_pkey PRIMARY KEY (digest)
);
CREATE INDEX set_aside_person ON events.set_aside USING btree (person);
CREATE INDEX set_aside_received ON events.set_aside USING btree (received_at, digest);

grant usage on schema events to diana_service;
grant select, update on events.head to diana_service;
grant insert, select on events.identity to diana_service;
grant insert, select, update (causation_id, correlation_id, data, id, moves, source) on events.log to diana_service;
grant delete, insert, select, update on events.set_aside to diana_service;
grant execute on function events.fence_moved() to diana_service;

create schema flows;

create table flows.flow (
  flow text not null,
  correlation_id text not null,
  account bigint not null,
  position bigint not null,
  started_at timestamp with time zone not null,
  deadline_at timestamp with time zone,
  state text not null,
  end_position bigint,
  ended_at timestamp with time zone,
  reason text,
  constraint flow_pkey PRIMARY KEY (flow, correlation_id),
  constraint flow_state_check CHECK ((state = ANY (ARRAY['open'::text, 'finished'::text, 'overdue'::text, 'failed'::text])))
);
CREATE INDEX flow_account ON flows.flow USING btree (account);
CREATE INDEX flow_correlation ON flows.flow USING btree (correlation_id);
CREATE INDEX flow_deadline ON flows.flow USING btree (deadline_at) WHERE (state = 'open'::text);
CREATE INDEX flow_started ON flows.flow USING btree (started_at, flow, correlation_id);

grant usage on schema flows to diana_service;
grant delete, insert, select, update on flows.flow to diana_service;

create schema ledger;

create table ledger.account (
  account bigint not null,
  currency text not null,
  available bigint not null,
  held bigint not null default 0,
  credited bigint not null,
  debited bigint not null,
  entries bigint not null,
  head bytea not null,
  constraint account_pkey PRIMARY KEY (account, currency),
  constraint account_check CHECK (((available + held) = (credited - debited))),
  constraint account_credited_check CHECK (((credited >= 0) AND (credited <= '9007199254740991'::bigint))),
  constraint account_debited_check CHECK (((debited >= 0) AND (debited <= '9007199254740991'::bigint))),
  constraint account_entries_check CHECK ((entries >= 0)),
  constraint account_head_check CHECK ((length(head) = 32)),
  constraint account_held_check CHECK ((held >= 0))
) with (fillfactor=70);

create table ledger.hold (
  id uuid not null,
  name text not null,
  account bigint not null,
  currency text not null,
  amount bigint not null,
  captured bigint not null default 0,
  released bigint not null default 0,
  state text not null,
  expires_at timestamp with time zone,
  created_at timestamp with time zone not null,
  transfer uuid not null,
  cause uuid not null,
  constraint hold_pkey PRIMARY KEY (id),
  constraint hold_name_key UNIQUE (name),
  constraint hold_amount_check CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
  constraint hold_captured_check CHECK ((captured >= 0)),
  constraint hold_check CHECK (((captured + released) <= amount)),
  constraint hold_check1 CHECK (((state = 'held'::text) = ((captured + released) < amount))),
  constraint hold_released_check CHECK ((released >= 0)),
  constraint hold_state_check CHECK ((state = ANY (ARRAY['held'::text, 'captured'::text, 'released'::text, 'expired'::text])))
) with (fillfactor=90);
CREATE INDEX hold_account ON ledger.hold USING btree (account, created_at DESC, id);
CREATE INDEX hold_open ON ledger.hold USING btree (account, currency) WHERE (state = 'held'::text);

create table ledger.lot (
  account bigint not null,
  currency text not null,
  expires_on date not null,
  amount bigint not null,
  warned boolean not null default false,
  constraint lot_pkey PRIMARY KEY (account, currency, expires_on),
  constraint lot_amount_check CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint)))
) with (fillfactor=80);

create table ledger.note (
  transfer uuid not null,
  nonce bytea not null,
  reason text not null,
  constraint note_pkey PRIMARY KEY (transfer),
  constraint note_nonce_check CHECK ((length(nonce) = 32))
);

create table ledger.transfer (
  id uuid not null,
  kind text not null,
  currency text not null,
  debit bigint not null,
  credit bigint not null,
  amount bigint not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  cause uuid not null,
  rule text,
  catalog_version integer not null,
  actor text,
  reason_commitment bytea,
  debit_entry bigint,
  debit_balance bigint,
  debit_hash bytea,
  credit_entry bigint,
  credit_balance bigint,
  credit_hash bytea,
  reverses uuid,
  constraint transfer_pkey PRIMARY KEY (id),
  constraint transfer_amount_check CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
  constraint transfer_check CHECK (((debit <> credit) AND (debit <> 0) AND (credit <> 0))),
  constraint transfer_check1 CHECK (((debit > 0) OR (credit > 0))),
  constraint transfer_check2 CHECK ((((debit > 0) = (debit_entry IS NOT NULL)) AND ((debit > 0) = (debit_balance IS NOT NULL)) AND ((debit > 0) = (debit_hash IS NOT NULL)))),
  constraint transfer_check3 CHECK ((((credit > 0) = (credit_entry IS NOT NULL)) AND ((credit > 0) = (credit_balance IS NOT NULL)) AND ((credit > 0) = (credit_hash IS NOT NULL)))),
  constraint transfer_credit_hash_check CHECK ((length(credit_hash) = 32)),
  constraint transfer_debit_hash_check CHECK ((length(debit_hash) = 32)),
  constraint transfer_held_check CHECK ((((kind = 'hold'::text) = (credit = '-5'::integer)) AND ((kind = 'release'::text) = (debit = '-5'::integer)))),
  constraint transfer_kind_check CHECK ((kind = ANY (ARRAY['award'::text, 'spend'::text, 'transfer'::text, 'adjust'::text, 'force'::text, 'hold'::text, 'capture'::text, 'release'::text, 'expire'::text, 'reverse'::text]))),
  constraint transfer_reason_commitment_check CHECK ((length(reason_commitment) = 32)),
  constraint transfer_reverses_check CHECK (((kind = 'reverse'::text) OR (reverses IS NULL)))
);
CREATE UNIQUE INDEX transfer_credit ON ledger.transfer USING btree (credit, currency, credit_entry) WHERE (credit > 0);
CREATE UNIQUE INDEX transfer_debit ON ledger.transfer USING btree (debit, currency, debit_entry) WHERE (debit > 0);
CREATE UNIQUE INDEX transfer_reverses ON ledger.transfer USING btree (reverses) WHERE (reverses IS NOT NULL);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.transfer FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();

create table ledger.verification (
  id bigint not null generated always as identity,
  started_at timestamp with time zone not null,
  finished_at timestamp with time zone not null,
  accounts bigint not null,
  entries bigint not null,
  fault text,
  constraint verification_pkey PRIMARY KEY (id)
);

grant usage on schema ledger to diana_service;
grant insert, select, update on ledger.account to diana_service;
grant delete, insert, select, update on ledger.hold to diana_service;
grant delete, insert, select, update on ledger.lot to diana_service;
grant delete, insert, select on ledger.note to diana_service;
grant insert, select on ledger.transfer to diana_service;
grant insert, select on ledger.verification to diana_service;
grant usage on sequence ledger.verification_id_seq to diana_service;

create schema metrics;

create table metrics.seen (
  account bigint not null,
  metric text not null,
  span text not null,
  member uuid not null,
  constraint seen_pkey PRIMARY KEY (account, metric, span, member)
);

grant usage on schema metrics to diana_service;
grant delete, insert, select on metrics.seen to diana_service;

create schema platform;

CREATE OR REPLACE FUNCTION platform.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% on %.% is not allowed: entries are never changed', tg_op, tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege';
end $function$;

create table platform.installation (
  singleton boolean not null default true,
  epoch uuid not null default gen_random_uuid(),
  digest_key bytea not null,
  constraint installation_pkey PRIMARY KEY (singleton),
  constraint installation_digest_key_check CHECK ((length(digest_key) = 32)),
  constraint installation_singleton_check CHECK (singleton)
);

create table platform.migration (
  number integer not null,
  name text not null,
  digest text not null,
  compatible boolean not null,
  applied_at timestamp with time zone not null default now(),
  constraint migration_pkey PRIMARY KEY (number)
);

grant usage on schema platform to diana_service;
grant select on platform.installation to diana_service;
grant select on platform.migration to diana_service;

create schema rules;

create table rules.boost (
  id uuid not null,
  name text not null,
  account bigint,
  factor numeric not null,
  currency text,
  rules text[],
  starts_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  granted_at timestamp with time zone not null,
  granted_by text not null,
  reason text not null,
  cancelled boolean not null default false,
  constraint boost_pkey PRIMARY KEY (id),
  constraint boost_name_key UNIQUE (name),
  constraint boost_check CHECK ((starts_at <= ends_at)),
  constraint boost_factor_check CHECK (((factor > (0)::numeric) AND (factor <= (1000)::numeric)))
);
CREATE INDEX boost_account ON rules.boost USING btree (account, ends_at);
CREATE INDEX boost_everyone ON rules.boost USING btree (ends_at) WHERE (account IS NULL);

create table rules.usage (
  account bigint not null,
  rule text not null,
  span text not null,
  bucket text not null,
  used bigint not null,
  times bigint[],
  constraint usage_pkey PRIMARY KEY (account, rule, span, bucket)
) with (fillfactor=80);

grant usage on schema rules to diana_service;
grant delete, insert, select, update on rules.boost to diana_service;
grant delete, insert, select, update on rules.usage to diana_service;

create schema streaks;

create table streaks.cover (
  account bigint not null,
  streak text not null,
  kind text not null,
  first integer not null,
  last integer not null,
  reason text,
  created_at timestamp with time zone not null,
  constraint cover_pkey PRIMARY KEY (account, streak, kind, first),
  constraint cover_check CHECK ((last >= first)),
  constraint cover_kind_check CHECK ((kind = ANY (ARRAY['pause'::text, 'travel'::text, 'restore'::text])))
);

create table streaks.early (
  account bigint not null,
  streak text not null,
  day integer not null,
  own boolean not null,
  constraint early_pkey PRIMARY KEY (account, streak, day)
);

create table streaks.run (
  account bigint not null,
  streak text not null,
  first integer not null,
  last integer not null,
  constraint run_pkey PRIMARY KEY (account, streak, first),
  constraint run_check CHECK ((last >= first))
);

grant usage on schema streaks to diana_service;
grant delete, insert, select, update on streaks.cover to diana_service;
grant delete, insert, select, update on streaks.early to diana_service;
grant delete, insert, select, update on streaks.run to diana_service;

create schema timers;

create table timers.timer (
  kind text not null,
  key text not null,
  due_at timestamp with time zone not null,
  account bigint,
  data json not null,
  attempts integer not null default 0,
  constraint timer_pkey PRIMARY KEY (kind, key)
);
CREATE INDEX timer_account ON timers.timer USING btree (account) WHERE (account IS NOT NULL);
CREATE INDEX timer_due ON timers.timer USING btree (due_at);

grant usage on schema timers to diana_service;
grant delete, insert, select, update on timers.timer to diana_service;

create schema users;

create table users.person (
  account bigint not null,
  digest uuid not null,
  id text not null,
  zone text,
  locale text,
  name text,
  attributes jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null,
  constraint person_pkey PRIMARY KEY (account),
  constraint person_digest_key UNIQUE (digest),
  constraint person_account_check CHECK ((account > 0))
) with (fillfactor=90);

grant usage on schema users to diana_service;
grant delete, insert, select, update on users.person to diana_service;
