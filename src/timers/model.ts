import type { JsonObject } from '../kernel/json.ts';

/** Names one timer: two of one kind differ by their key. */
export interface TimerKey {
  readonly kind: string;
  readonly key: string;
}

/** Something that is to happen later. */
export interface NewTimer extends TimerKey {
  /** Milliseconds. */
  readonly dueAt: number;
  /** The user whom it is about; null for none. */
  readonly account: number | null;
  readonly data: JsonObject;
}

export interface Timer extends NewTimer {
  /** How often it was tried and failed. */
  readonly attempts: number;
}
