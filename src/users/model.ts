import type { JsonObject } from '../kernel/json.ts';

/** Who a person is, as far as deciding needs it. */
export interface Person {
  readonly account: number;
  /** The outside id. */
  readonly id: string;
  /** IANA zone. */
  readonly zone: string | null;
  readonly attributes: JsonObject;
}

export interface PersonDetails extends Person {
  readonly locale: string | null;
  readonly name: string | null;
  /** Milliseconds. */
  readonly createdAt: number;
}
