import type { KnownIdentity } from '../events/index.ts';
import { transferId } from '../kernel/ids.ts';
import { refused } from '../kernel/outcome.ts';
import { REFUSALS, type Refusal } from '../kernel/refusals.ts';
import type { Decision } from './decide-event.ts';
import type { TransferDecision } from './decide-transfer.ts';
import type { Job, TransferJob } from './job.ts';
import type { AcceptedResult, EventResult, TransferCommand, TransferResult } from './model.ts';

/** What is kept of an answer, beside the identity: nothing that names a person. */
export type EventPayload = Omit<AcceptedResult, 'id' | 'status' | 'position'>;
export type TransferPayload = Omit<TransferResult, 'id' | 'user' | 'to' | 'position'>;

/** An answer that only wants the position of the batch's first row; the inner function gives it, after the commit. */
export type Answer = (base: number) => () => void;

/** Where an identity's row stands: in the log, in this very batch (an index), or nowhere, for a refusal. */
export type Place = { readonly position: number } | { readonly row: number } | null;

export function eventPayload(decision: Decision, catalogVersion: number): EventPayload {
  return {
    awards: decision.awards,
    ...(decision.adjustments.length === 0 ? {} : { adjustments: decision.adjustments }),
    achievements: decision.achievements,
    streaks: decision.streaks,
    level: decision.level,
    skipped: decision.skipped,
    catalogVersion,
  };
}

export function transferPayload(
  { kind, currency }: TransferCommand,
  { booked, amount, available }: Pick<TransferDecision, 'booked' | 'amount' | 'available'>,
): TransferPayload {
  return { transfer: transferId(booked.transfer.id), kind, currency, amount, balance: available };
}

/** The answer to a job whose payload is kept: the first one, or the same fields again. */
export function payloadAnswer(job: Job, payload: EventPayload | TransferPayload, place: Place, first: boolean): Answer {
  return (base) => () => {
    const position = place === null ? 0 : 'row' in place ? base + place.row : place.position;
    if (job.kind === 'event') {
      job.answer({ id: job.event.id, status: first ? 'accepted' : 'duplicate', ...(payload as EventPayload), position });
    } else {
      const result = { ...namesOf(job), ...(payload as TransferPayload), position };
      job.answer({ ok: true, value: { result, first } });
    }
  };
}

/** What a repeat gets: the first answer, or `id_reused` where it came with another body. */
export function repeatAnswer(job: Job, known: Pick<KnownIdentity, 'body' | 'result'>, place: Place): Answer {
  if (known.body !== job.body) {
    const refusal: Refusal = {
      code: 'id_reused',
      path: '/id',
      message: 'this id was used before with another body; nothing was written',
    };
    return () => () => answerRefusal(job, refusal);
  }
  const stored = JSON.parse(known.result) as { readonly refusal?: Refusal };
  const { refusal } = stored;
  if (refusal !== undefined) return () => () => answerRefusal(job, refusal);
  return payloadAnswer(job, stored as unknown as EventPayload | TransferPayload, place, false);
}

export function answerRefusal(job: Job, refusal: Refusal): void {
  if (job.kind === 'transfer') job.answer(refused(refusal));
  else job.answer(refusedResult(job.event.id, refusal));
}

export function refusedResult(id: string | null, refusal: Refusal): EventResult {
  return { id, status: 'refused', ...refusal, retryable: REFUSALS[refusal.code].retryable };
}

function namesOf({ command }: TransferJob): Pick<TransferResult, 'id' | 'user' | 'to'> {
  return { id: command.id, user: command.user, ...(command.to === undefined ? {} : { to: command.to }) };
}
