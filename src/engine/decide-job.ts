import type { KnownIdentity } from '../events/index.ts';
import { type Outcome, refused } from '../kernel/outcome.ts';
import { REFUSALS, type Refusal } from '../kernel/refusals.ts';
import { formatTime } from '../kernel/time.ts';
import { admit } from './admit.ts';
import { type Answer, answerRefusal, eventPayload, payloadAnswer, type Place, repeatAnswer, transferPayload } from './answers.ts';
import { decideEvent } from './decide-event.ts';
import { decideTransfer } from './decide-transfer.ts';
import type { EventJob, Job, TransferJob } from './job.ts';
import type { Member } from './member.ts';
import type { Cause } from './post.ts';
import { type BatchRecord, recordAside, recordDeed, recordEvent, recordFacts } from './record.ts';
import type { Rulebook } from './rulebook.ts';

/** Kinds of transfer that leave an audit row. */
const ADMIN_DEEDS: ReadonlySet<string> = new Set(['adjust', 'force']);

interface Claimed {
  readonly body: string;
  readonly result: string;
  readonly place: Place;
}

/** Decides the jobs of one batch in their order; each sees what those before it did. */
export function decideJobs(
  jobs: readonly Job[],
  loaded: { readonly members: ReadonlyMap<string, Member>; readonly known: ReadonlyMap<string, KnownIdentity> },
  rulebook: Rulebook,
  record: BatchRecord,
): readonly Answer[] {
  const claimed = new Map<string, Claimed>();
  for (const { digest, body, result, position } of loaded.known.values()) {
    claimed.set(digest, { body, result, place: position === null ? null : { position } });
  }

  function member(digest: string): Member {
    const found = loaded.members.get(digest);
    if (found === undefined) throw new Error('a user of the batch was not loaded');
    return found;
  }

  function cause(job: Job): Cause {
    const isTransfer = job.kind === 'transfer';
    return {
      digest: job.digest,
      recordedAt: job.receivedAt,
      catalogVersion: rulebook.version,
      actor: isTransfer ? job.actor.id : null,
      mayAdjust: job.actor.role === 'admin',
      nonce: isTransfer ? job.nonce : null,
    };
  }

  /** Keeps the answer under the identity, so that a repeat, also in this batch, finds it. */
  function claim(job: Job, account: number | null, row: number | null, result: string): void {
    record.claims.push({ digest: job.digest, body: job.body, account, row, result });
    claimed.set(job.digest, { body: job.body, result, place: row === null ? null : { row } });
  }

  function refuse(job: Job, refusal: Refusal): Answer {
    if (REFUSALS[refusal.code].remembered) {
      const { state } = member(job.user.digest);
      claim(job, state.isNew ? null : state.account, null, JSON.stringify({ refusal }));
    } else {
      record.refusedFreely = true;
      if (job.kind === 'event' && refusal.code === 'unknown_type') recordAside(record, job);
    }
    return () => () => answerRefusal(job, refusal);
  }

  function takeEvent(job: EventJob): Answer {
    const { event } = job;
    const of = member(job.user.digest);
    const admitted = admit(event, rulebook.catalog);
    if (!admitted.ok) return refuse(job, admitted.refusal);
    const outcome = decideEvent(of.state, event, rulebook, cause(job));
    if (!outcome.ok) return refuse(job, outcome.refusal);
    const decision = outcome.value;
    const row = recordEvent(
      record,
      {
        type: event.type,
        account: of.state.account,
        id: event.id,
        source: event.source,
        occurredAt: formatTime(event.time.ms),
        writtenOffset: event.time.offset === null ? null : event.time.offset / 1_000,
        localDay: decision.local.day,
        data: JSON.stringify(event.data),
        correlationId: event.correlationId,
        causationId: event.causationId,
        cause: null,
        facts: decision.facts.length,
        moves: decision.moves,
      },
      decision.facts,
    );
    record.booked.push(...decision.transfers);
    for (const { currency, rule } of decision.adjustments) {
      recordDeed(record, job, 'event.adjust', { currency, reason: `rule ${rule}` }, of.state, decision.changes);
    }
    of.take(decision.changes);
    const payload = eventPayload(decision, rulebook.version);
    claim(job, of.state.account, row, JSON.stringify(payload));
    return payloadAnswer(job, payload, { row }, true);
  }

  function takeTransfer(job: TransferJob): Answer {
    const { command } = job;
    const user = member(job.user.digest);
    const to = job.to === null ? null : member(job.to.digest);
    const gives = command.kind === 'award' || command.kind === 'force' || (command.kind === 'adjust' && command.amount > 0);
    if (user.state.isNew && !gives)
      return refuse(job, { code: 'unknown_user', path: '/user', message: `no user "${command.user}"` });
    const outcome = decideTransfer(command, user.state, to?.state ?? null, rulebook, cause(job));
    if (!outcome.ok) return refuse(job, outcome.refusal);
    const decision = outcome.value;
    const about = (state: Member['state']): { account: number; occurredAt: number } => ({
      account: state.account,
      occurredAt: job.receivedAt,
    });
    const row = recordFacts(record, about(user.state), decision.announced);
    if (to !== null && decision.to !== null && decision.announcedOfTo !== null) {
      recordFacts(record, about(to.state), decision.announcedOfTo);
      to.take(decision.to);
    }
    record.booked.push(decision.booked, ...decision.more);
    if (ADMIN_DEEDS.has(command.kind)) {
      const { currency, reason = null } = command;
      recordDeed(record, job, `transfer.${command.kind}`, { currency, reason }, user.state, decision.user);
    }
    user.take(decision.user);
    const payload = transferPayload(command, decision);
    claim(job, user.state.account, row, JSON.stringify(payload));
    return payloadAnswer(job, payload, { row }, true);
  }

  return jobs.map((job) => {
    // Before its identity is looked at: a key learns nothing about the events of others.
    const admitted = job.kind === 'event' ? admitKey(job, member(job.user.digest), rulebook) : undefined;
    if (admitted?.ok === false) return refuse(job, admitted.refusal);
    const known = claimed.get(job.digest);
    if (known !== undefined) return repeatAnswer(job, known, known.place);
    return job.kind === 'event' ? takeEvent(job) : takeTransfer(job);
  });
}

/** Whether the key may send this event of this user. */
function admitKey(job: EventJob, { state }: Member, { catalog }: Rulebook): Outcome<null> {
  if (job.actor.role !== 'client') return { ok: true, value: null };
  if (state.isNew || state.account !== job.actor.account) {
    return refused({ code: 'forbidden', path: '/user', message: 'a client key speaks for its own user only' });
  }
  const { type } = job.event;
  if (catalog.events.get(type)?.public === true) return { ok: true, value: null };
  return refused({ code: 'forbidden', path: '/type', message: `${type} is not public: client keys may not send it` });
}
