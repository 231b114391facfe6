import type { JsonObject } from '../kernel/json.ts';
import type { LocalTime } from '../kernel/time.ts';

/** A fact to announce. `cause` is the index of the fact that brought it about; null: what came from outside. */
export interface DecidedFact {
  readonly type: string;
  readonly data: JsonObject;
  readonly cause: number | null;
}

/** Facts about one user that no posted event caused, with what was counted meanwhile. */
export interface FactGroup {
  readonly facts: readonly DecidedFact[];
  readonly moves: string | null;
  readonly local: LocalTime;
}
