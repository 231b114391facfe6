import type { EventResult } from '../engine/index.ts';
import type { JsonObject } from '../kernel/json.ts';

export interface Profile {
  readonly id: string;
  readonly zone: string | null;
  readonly locale: string | null;
  readonly name: string | null;
  readonly attributes: JsonObject;
  readonly createdAt: string;
  /** Available, by currency. */
  readonly balances: Readonly<Record<string, number>>;
  readonly held: Readonly<Record<string, number>>;
  readonly level: number;
  readonly streaks: readonly JsonObject[];
  readonly metrics: Readonly<Record<string, number>>;
}

export interface TransferEntry {
  readonly id: string;
  readonly kind: string;
  readonly currency: string;
  /** Signed from the user's side: negative when it took points. */
  readonly amount: number;
  readonly balance: number;
  readonly counterparty: string | null;
  readonly rule: string | null;
  readonly reason: string | null;
  readonly time: string;
  readonly recordedAt: string;
  readonly catalogVersion: number;
}

export interface TransferPage {
  readonly transfers: readonly TransferEntry[];
  /** Give it back as `cursor` for the next page; null on the last. */
  readonly cursor: string | null;
}

export interface EventReport {
  readonly id: string;
  readonly source: string;
  readonly type: string | null;
  readonly user: string | null;
  readonly time: string | null;
  readonly recordedAt: string | null;
  readonly localDay: string | null;
  readonly data: JsonObject | null;
  readonly correlationId: string | null;
  readonly outcome: EventResult;
  /** What was announced because of it, in order. */
  readonly facts: readonly ReportedFact[];
}

export interface ReportedFact {
  readonly id: string;
  readonly type: string;
  readonly data: JsonObject;
}

/** Something in the log about a user: an event from outside, or what Diana announced without one. */
export interface ExportedEvent {
  readonly id: string;
  /** Null for what Diana announced. */
  readonly source: string | null;
  readonly type: string;
  readonly time: string;
  readonly recordedAt: string;
  readonly localDay: string | null;
  readonly data: JsonObject | null;
  readonly correlationId: string | null;
  readonly position: number;
  readonly catalogVersion: number;
  readonly facts: readonly ReportedFact[];
}

/** Everything known about a person. */
export type UserExport = {
  readonly account: string;
  readonly profile: Profile;
  /** Oldest first within each currency. */
  readonly transfers: readonly TransferEntry[];
  readonly events: readonly ExportedEvent[];
  readonly achievements: readonly JsonObject[];
  readonly scores: readonly {
    readonly board: string;
    readonly period: string;
    readonly score: number;
    readonly reachedAt: string;
  }[];
  /** How often rules with limits paid, by span of time. */
  readonly limits: readonly { readonly rule: string; readonly span: string; readonly bucket: string; readonly used: number }[];
  /** Client keys that speak for the person, without their secrets. */
  readonly keys: readonly {
    readonly id: string;
    readonly name: string;
    readonly createdAt: string;
    readonly revokedAt: string | null;
  }[];
};

/** Questions that cross folders; each answers undefined where the thing asked about does not exist. */
export interface Reports {
  profile(user: string): Promise<Profile | undefined>;
  /** Newest first. `cursor` is one that `isTransferCursor` knows; throws a RangeError for any other. */
  transfers(
    user: string,
    query: { readonly currency?: string; readonly limit: number; readonly cursor?: string },
  ): Promise<TransferPage | undefined>;
  event(source: string, id: string): Promise<EventReport | undefined>;
  exportUser(user: string): Promise<object | undefined>;
}
