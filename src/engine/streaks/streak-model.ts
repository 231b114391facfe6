import type { Actor } from '../../access/index.ts';
import type { Outcome } from '../../kernel/outcome.ts';

/** Dates, both included. */
export type PauseResult = { readonly streak: string; readonly from: string; readonly to: string };

export type CancelResult = { readonly streak: string; readonly from: string; readonly cancelled: boolean };

/** A streak that goes on, the dates that were paid for, and the price by currency. */
export type Restored = {
  readonly streak: string;
  readonly length: number;
  readonly from: string;
  readonly to: string;
  readonly price: Readonly<Record<string, number>>;
};

/** `first`: false where an answer that was given before is given again. `position`: null where nothing was announced. */
export type Told<T> = Outcome<{ readonly result: T; readonly first: boolean; readonly position: number | null }>;

/** What people do to streaks. */
export interface Streaks {
  pause(user: string, streak: string, command: unknown, actor: Actor): Promise<Told<PauseResult>>;
  /** Ends the pause that begins on a date, from today on. */
  cancelPause(user: string, streak: string, from: string, actor: Actor): Promise<Told<CancelResult>>;
  restore(user: string, streak: string, command: unknown, actor: Actor): Promise<Told<Restored>>;
}
