import type { Actor } from '../access/index.ts';
import type { Submission } from '../events/index.ts';
import type { Outcome } from '../kernel/outcome.ts';
import type { EventResult, TransferCommand, TransferResult } from './model.ts';

/** A user as a request names them. */
export interface Named {
  readonly id: string;
  /** Keyed digest of the id. */
  readonly digest: string;
}

interface Common {
  /** Keyed digest of the identity, and of the body that came with it. */
  readonly digest: string;
  readonly body: string;
  readonly user: Named;
  readonly actor: Actor;
  /** The moment of acceptance, milliseconds. */
  readonly receivedAt: number;
}

export interface EventJob extends Common {
  readonly kind: 'event';
  readonly event: Submission;
  readonly answer: (result: EventResult) => void;
}

export interface TransferJob extends Common {
  readonly kind: 'transfer';
  readonly command: TransferCommand;
  readonly to: Named | null;
  /** 64 hex digits: keys the commitment to the reason. */
  readonly nonce: string;
  readonly answer: (outcome: Outcome<{ readonly result: TransferResult; readonly first: boolean }>) => void;
}

export type Job = EventJob | TransferJob;

export function peopleOf(job: Job): readonly Named[] {
  return job.kind === 'transfer' && job.to !== null ? [job.user, job.to] : [job.user];
}
