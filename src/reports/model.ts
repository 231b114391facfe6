import type { CatalogFault } from '../catalog/index.ts';
import type { AcceptedResult, RefusedResult } from '../engine/index.ts';
import type { FlowState } from '../flows/index.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Refusal } from '../kernel/refusals.ts';
import type { LevelProgress } from '../levels/index.ts';
import type { History } from './history-model.ts';
import type { ExplainedAward, ReportedFact, TransferEntry } from './parts-model.ts';
import type { RuleAtEvent, WhyAnswer, WhyQuestion } from './why-model.ts';

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
  /** What is left of points that expire, by currency: the next days on which some do. Currencies without any are left out. */
  readonly expiring: Readonly<Record<string, readonly ExpiringPoints[]>>;
  readonly level: number;
  /** Null where the catalog has no levels. */
  readonly levelProgress: LevelProgress | null;
  /** Every streak of the catalog, in its order. */
  readonly streaks: readonly ProfileStreak[];
  /** Every metric of the catalog, 0 where nothing moved it. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** They expire at the beginning of the day, in the catalog's zone. */
export interface ExpiringPoints {
  readonly on: string;
  readonly amount: number;
}

/** In days, weeks or months, as the streak goes. */
export interface ProfileStreak {
  readonly id: string;
  /** As long as it goes on; 0 once it is broken. */
  readonly current: number;
  /** Whether it goes on or not: what factors and achievements go by. */
  readonly length: number;
  readonly longest: number;
  /** Freezes left, where the catalog has them. */
  readonly freezes?: number;
  /** There, and true, while it breaks unless something happens before the day, week or month is over. */
  readonly atRisk?: true;
  /** The last date of the pause that is under way. */
  readonly pausedUntil?: string;
  /** While it may be restored: until when, and for how much by currency. */
  readonly restorable?: { readonly until: string; readonly price: Readonly<Record<string, number>> };
  /** Where there is one that was not reached yet. */
  readonly nextMilestone?: number;
}

export interface AchievementStatus {
  readonly id: string;
  readonly name: string;
  /** Told only once a tier of it is unlocked. */
  readonly secret: boolean;
  /**
   * Within a period, of the one that it is now. Of one that is no longer in the catalog: the most that an unlocked tier asked
   * for.
   */
  readonly progress: number;
  /** 0–100, rounded down, of the way to the next locked tier, or to the next time; 100 only where nothing is left. */
  readonly percent: number;
  /** What has to be unlocked first: `committer`, or one of its tiers, `committer.gold`. */
  readonly requires: readonly string[];
  /** Only by hand. */
  readonly manual?: true;
  readonly repeatable?: true;
  readonly tiers: readonly TierStatus[];
  /** There, and true, for an achievement that is no longer in the catalog. */
  readonly retired?: true;
}

export interface TierStatus {
  readonly id: string;
  /** Null for a retired tier of a catalog that is no longer understood. */
  readonly at: number | null;
  /** The first time; null while locked. */
  readonly unlockedAt: string | null;
  /** Of repeatable ones: how often by now. */
  readonly times?: number;
  /** There, and true, for what was unlocked by hand. */
  readonly granted?: true;
  /** There, and true, for what was taken away by hand: it stays locked until it is granted. */
  readonly revoked?: true;
  /** Share of all users who have it, in percent, to three digits; of half a minute ago. */
  readonly rarity: number;
  /** By currency. */
  readonly award?: Readonly<Record<string, number>>;
  /** There, and true, for an unlocked tier that is no longer in the catalog. */
  readonly retired?: true;
}

export interface TransferPage {
  readonly transfers: readonly TransferEntry[];
  /** Give it back as `cursor` for the next page; null on the last. */
  readonly cursor: string | null;
}

/** Points of a user that are, or were, set apart. */
export interface HoldStatus {
  /** The caller's id, and ours. */
  readonly id: string;
  readonly hold: string;
  readonly user: string;
  readonly currency: string;
  readonly amount: number;
  readonly captured: number;
  readonly released: number;
  /** `held` while it goes on; then what ended it. */
  readonly state: string;
  readonly expiresAt: string | null;
  readonly createdAt: string;
  readonly reason: string | null;
  /** Available and held of the user in that currency, by all holds. */
  readonly balance: number;
  readonly held: number;
}

export interface HoldPage {
  readonly holds: readonly HoldStatus[];
  /** Give it back as `cursor` for the next page; null on the last. */
  readonly cursor: string | null;
}

export interface BoostStatus {
  readonly id: string;
  readonly factor: number;
  readonly currency: string | null;
  readonly rules: readonly string[] | null;
  readonly from: string;
  readonly until: string;
  readonly grantedAt: string;
  /** Id of the key. */
  readonly grantedBy: string;
  readonly reason: string;
  readonly cancelled: boolean;
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
  readonly outcome: ExplainedResult;
  /** What was announced because of it, in order. */
  readonly facts: readonly ReportedFact[];
  /** What each rule that listens to its type made of it, in the order of the catalog. */
  readonly rules: readonly RuleAtEvent[];
  /** When it was taken back with all that it caused, and where the log tells so; null where it was not. */
  readonly undone: { readonly at: string; readonly position: number } | null;
  /** All of it in plain words. */
  readonly sentences: readonly string[];
  /** The arm of an experiment that the user was in; null outside of any. */
  readonly arm: null;
  /** What the watch for abuse said; null where it said nothing. */
  readonly verdict: null;
}

/** The first answer, with reasons from the version of the catalog that decided it. */
export type ExplainedResult = RefusedResult | (Omit<AcceptedResult, 'awards'> & { readonly awards: readonly ExplainedAward[] });

/** What there is to tell about everybody together. */
export interface Summary {
  readonly users: number;
  readonly boards: readonly BoardTop[];
  readonly streaks: readonly LongestStreak[];
  readonly unlocks: { readonly total: number; readonly rarest: readonly RareUnlock[] };
  /** How many users are on each level that somebody is on, in ascending order. */
  readonly levels: readonly { readonly level: number; readonly users: number }[];
}

/** The first ten of a board over all time, or of the newest period that has scores. */
export interface BoardTop {
  readonly board: string;
  /** Null where there are no scores yet. */
  readonly period: string | null;
  /** Users on the board in that period. */
  readonly total: number;
  readonly entries: readonly { readonly rank: number; readonly user: string; readonly score: number }[];
}

/** Of one user, in days, weeks or months. */
export interface LongestStreak {
  readonly user: string;
  readonly streak: string;
  /** Of the newest chain. */
  readonly length: number;
  readonly longest: number;
  /** First and last day of the longest run; where gaps in it were bridged, of the newest. */
  readonly first: string;
  readonly last: string;
}

export interface RareUnlock {
  readonly achievement: string;
  readonly name: string;
  readonly tier: string;
  /** How many have it. */
  readonly users: number;
  /** Their share of all users, to three digits. */
  readonly percent: number;
  /** Who had it first, and when. */
  readonly first: { readonly user: string; readonly at: string };
}

/** An event of a type that the catalog does not declare, which strictEvents refused. */
export interface SetAsideEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly user: string;
  readonly data: JsonObject;
  /** When it was sent last, and how often in all. */
  readonly receivedAt: string;
  readonly times: number;
}

export interface SetAsidePage {
  readonly events: readonly SetAsideEvent[];
  /** Give it back as `cursor` for the next page; null on the last. */
  readonly cursor: string | null;
}

/** A transaction that crosses services. Times are those at which Diana took its events. */
export interface FlowStatus {
  readonly flow: string;
  readonly correlationId: string;
  readonly state: FlowState;
  readonly startedAt: string;
  readonly deadlineAt: string | null;
  /** Null while it is under way. */
  readonly endedAt: string | null;
  /** Why it failed. */
  readonly reason: string | null;
}

export interface FlowPage {
  readonly flows: readonly FlowStatus[];
  /** Give it back as `cursor` for the next page; null on the last. */
  readonly cursor: string | null;
}

/** All of one flow together. */
export interface FlowSummary {
  readonly flow: string;
  readonly open: number;
  readonly finished: number;
  readonly overdue: number;
  readonly failed: number;
  /** Milliseconds, of what finished within 24 hours; null where nothing did. Percentiles are interpolated. */
  readonly durations: { readonly p50: number; readonly p95: number; readonly max: number } | null;
  /** There, and true, for a flow that is no longer in the catalog. */
  readonly retired?: true;
}

/** All that one cause brought about: the events of a correlation, as a tree. */
export interface Trace {
  readonly correlationId: string;
  /** How many are shown. */
  readonly events: number;
  /** There are more, which came later. */
  readonly truncated: boolean;
  /** Deliveries of these events that are still to come, and those that were given up. */
  readonly pending: number;
  readonly failed: number;
  readonly flows: readonly Omit<FlowStatus, 'correlationId'>[];
  /** In order of position, like all children. */
  readonly roots: readonly TraceEvent[];
}

export interface TraceEvent {
  /** `evt_<position>` for what Diana announced, and once erased. */
  readonly id: string;
  /** `diana` for what Diana announced; null once erased. */
  readonly source: string | null;
  readonly type: string;
  /** The outside id; null for what is about nobody, and once erased. */
  readonly user: string | null;
  readonly time: string;
  readonly recordedAt: string;
  readonly position: number;
  /** Id of what caused it, as its sender told it; it need not be in the trace. */
  readonly causationId: string | null;
  /** What is not delivered: what was is not told. */
  readonly deliveries: readonly TraceDelivery[];
  readonly children: readonly TraceEvent[];
}

export interface TraceDelivery {
  readonly subscription: string;
  /** `waiting`: not tried yet. `retrying`: failed, and tried again at `dueAt`. `dead`: given up. */
  readonly state: 'waiting' | 'retrying' | 'dead';
  readonly attempts: number;
  readonly dueAt?: string;
  /** Of the last attempt. */
  readonly error?: string;
}

/** Faults of the draft, or `busy`: one draft at a time is run over history. */
export type HistoryOutcome =
  | { readonly ok: true; readonly value: History }
  | { readonly ok: false; readonly faults: readonly CatalogFault[] }
  | { readonly ok: false; readonly refusal: Refusal };

/** Questions that cross folders; each answers undefined where the thing asked about does not exist. */
export interface Reports {
  profile(user: string): Promise<Profile | undefined>;
  /** Newest first. `cursor` is one that `isTransferCursor` knows; throws a RangeError for any other. */
  transfers(
    user: string,
    query: { readonly currency?: string; readonly limit: number; readonly cursor?: string },
  ): Promise<TransferPage | undefined>;
  /** In the order of the catalog; what was unlocked and is no longer in it comes last. */
  achievements(user: string): Promise<readonly AchievementStatus[] | undefined>;
  event(source: string, id: string): Promise<EventReport | undefined>;
  /** What produced an effect for a user, or why there was none; on one snapshot. */
  why(user: string, question: WhyQuestion): Promise<WhyAnswer>;
  /** By the caller's id, or by ours. */
  hold(id: string): Promise<HoldStatus | undefined>;
  /** Newest first. `cursor` is one that `isHoldCursor` knows. */
  holds(
    user: string,
    query: { readonly state?: string; readonly limit: number; readonly cursor?: string },
  ): Promise<HoldPage | undefined>;
  /** Those of a user that are not over; those for everyone where none is named. */
  boosts(user?: string): Promise<readonly BoostStatus[] | undefined>;
  /** Reads whole tables: for people, not for every request. */
  summary(): Promise<Summary>;
  /**
   * What a draft of the catalog would have come to over all that is in the log; nothing is changed. Reads all of it and
   * decides it again: for people, before they apply. `onProgress` hears positions, done and in all.
   */
  history(source: string, options?: { readonly onProgress?: (done: number, total: number) => void }): Promise<HistoryOutcome>;
  /** Newest first; undefined where `cursor` is none of this list. */
  setAside(query: {
    readonly type?: string;
    readonly limit: number;
    readonly cursor?: string;
  }): Promise<SetAsidePage | undefined>;
  /**
   * The tree of what belongs to a correlation; also by the id of an event in it. At most `limit` events, 1 to 1,000, the first
   * ones; 1,000 is the default.
   */
  trace(correlationId: string, options?: { readonly limit?: number }): Promise<Trace | undefined>;
  /** Newest first; undefined where `cursor` is none of this list. */
  flows(query: {
    readonly flow?: string;
    readonly state?: FlowState;
    readonly limit: number;
    readonly cursor?: string;
  }): Promise<FlowPage | undefined>;
  /** Every flow of the catalog, and then those that are no longer in it. Reads a whole table. */
  flowSummary(): Promise<readonly FlowSummary[]>;
  exportUser(user: string): Promise<object | undefined>;
}
