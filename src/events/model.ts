import type { FieldType } from '../kernel/conditions/index.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { WrittenTime } from '../kernel/time.ts';

export interface EventField {
  readonly type: FieldType;
  readonly optional: boolean;
}

/** What the catalog says about an event type. */
export interface EventDeclaration {
  readonly type: string;
  /** Client keys may send it. */
  readonly public: boolean;
  /** Null: data of any shape. Fields that are not declared may be there too. */
  readonly data: ReadonlyMap<string, EventField> | null;
}

/** An event as a caller posted it, parsed. */
export interface Submission {
  readonly source: string;
  readonly id: string;
  readonly type: string;
  /** The outside id of the user it happened to. */
  readonly user: string;
  /** When it happened; the time of acceptance where the caller told none. */
  readonly time: WrittenTime;
  readonly data: JsonObject;
  readonly correlationId: string | null;
  /** Id of the event that caused it, of whatever service. */
  readonly causationId: string | null;
  /** Canonical text of what the caller sent, without identity: two posts of one id must agree on it. */
  readonly body: string;
}

/** What one transaction wrote into the log, for those who need not read it again. */
export interface LoggedRows<R> {
  /** Position of the first row; the others follow without a gap. */
  readonly from: number;
  readonly rows: readonly R[];
  /** Outside ids of the users that the rows are about, by account. */
  readonly names: ReadonlyMap<number, string>;
  /** Milliseconds. */
  readonly recordedAt: number;
}

/** A fact that Diana announces: stored in the log in the transaction that made it true. */
export interface Fact {
  readonly type: string;
  readonly data: JsonObject;
}
