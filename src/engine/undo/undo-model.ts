import type { Actor } from '../../access/index.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Outcome } from '../../kernel/outcome.ts';

/** `first`: false where it was undone before, and this is the answer of then. `position`: null of a dry run. */
export type UndoOutcome = Promise<
  Outcome<{ readonly result: UndoReport; readonly first: boolean; readonly position: number | null }>
>;

/** Taking back what was given: an event with all that it caused, or one transfer. Each happens once; who asks again gets the first answer. */
export interface Undos {
  /** `command`: `{ reason, dryRun?, keep?: ('achievements' | 'levels')[] }`. */
  undoEvent(source: string, id: string, command: unknown, actor: Actor): UndoOutcome;
  /** `id`: of the transfer (`tr_…`), or the one that its command came with. */
  reverseTransfer(id: string, command: unknown, actor: Actor): UndoOutcome;
}

/** How one entry was taken back. */
export interface TakenBack {
  readonly reverses: string;
  /** Null where nothing was left to take. */
  readonly transfer: string | null;
  readonly currency: string;
  /** Signed: what it gave to the user; positive where something spent came back. */
  readonly amount: number;
  /** What could not be taken, because it was spent. */
  readonly short: number;
  readonly balance: number;
}

/** What an undoing changed, or would change. */
export interface UndoReport extends JsonObject {
  readonly dryRun: boolean;
  readonly reversed: readonly (TakenBack & JsonObject)[];
  readonly achievements: {
    readonly revoked: readonly { readonly id: string; readonly tier: string; readonly left: number }[];
    readonly kept: readonly { readonly id: string; readonly tier: string }[];
  };
  readonly level: { readonly before: number; readonly after: number };
  /** What changed of the metrics, streaks and boards of the catalog in force. */
  readonly metrics: Readonly<Record<string, Change>>;
  readonly streaks: Readonly<Record<string, Change>>;
  readonly boards: readonly {
    readonly board: string;
    readonly period: string;
    readonly before: number | null;
    readonly after: number | null;
  }[];
}

export interface Change extends JsonObject {
  readonly before: number;
  readonly after: number;
}
