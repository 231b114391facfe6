import type { JsonObject } from '../kernel/json.ts';

/** A fact to announce. `cause` is the index of the fact that brought it about; null: what came from outside. */
export interface DecidedFact {
  readonly type: string;
  readonly data: JsonObject;
  readonly cause: number | null;
}
