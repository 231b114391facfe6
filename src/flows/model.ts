/**
 * A transaction that crosses services: it begins with an event and ends with one of the same correlation.
 *
 *     open ──→ finished | failed
 *       └───→ overdue ──→ finished | failed
 *
 * One that failed because a delivery was given up finishes after all when its end comes: somebody mended it.
 */
export interface Flow {
  readonly id: string;
  readonly start: FlowMark;
  readonly end: FlowMark;
  /** Null: only a delivery that is given up makes it fail. */
  readonly fail: FlowMark | null;
  /** Milliseconds from its start until it is overdue; null: never. */
  readonly deadline: number | null;
  /** The definition in one line, for people. */
  readonly description: string;
}

/** Which events stand for a start, an end or a failure. */
export interface FlowMark {
  /** A type, or a pattern, as written. */
  readonly on: string;
  readonly matches: (type: string) => boolean;
}

export const FLOW_STATES = ['open', 'finished', 'overdue', 'failed'] as const;
export type FlowState = (typeof FLOW_STATES)[number];

/** What an event means for one flow of its correlation. Whether it changes anything, what is stored decides. */
export interface FlowStep {
  readonly kind: 'open' | 'finish' | 'fail';
  readonly flow: string;
  readonly correlationId: string;
  /** 0: about no user. */
  readonly account: number;
  /** Of the event. */
  readonly position: number;
  /** When Diana took the event, in milliseconds. */
  readonly at: number;
  /** Of what opens; null where there is none. */
  readonly deadlineAt: number | null;
  /** Of what fails. */
  readonly reason: string | null;
}
