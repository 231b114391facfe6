import type { JsonObject } from '../kernel/json.ts';
import type { RefusalCode } from '../kernel/refusals.ts';
import type { CoverKind, Every } from '../streaks/index.ts';
import type { ExplainedAward, ReportedFact, TransferEntry } from './parts-model.ts';

/** What somebody wants to know about one user. */
export type WhyQuestion =
  /** `tr_…`, or the caller's id of a transfer outside the rules. */
  | { readonly about: 'transfer'; readonly id: string }
  /** An achievement, or one tier of it: `committer.gold`. */
  | { readonly about: 'achievement'; readonly id: string }
  /** `period`: a key, `current` (the default) or `previous`. */
  | { readonly about: 'board'; readonly id: string; readonly period?: string }
  | { readonly about: 'streak'; readonly id: string }
  /** About the last events that the rule listens to, or the one that is named. */
  | { readonly about: 'rule'; readonly id: string; readonly event?: { readonly id: string; readonly source: string } };

export type WhyFault =
  | 'unknown_user'
  | 'unknown_transfer'
  | 'unknown_achievement'
  | 'unknown_board'
  | 'unknown_period'
  | 'unknown_streak'
  | 'unknown_rule'
  | 'unknown_event';

export type WhyAnswer<T = Why> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: WhyFault };

export type Why = TransferWhy | AchievementWhy | BoardWhy | StreakWhy | RuleWhy;

interface Told<About extends WhyQuestion['about']> {
  readonly about: About;
  readonly user: string;
  /** The answer in plain words, to be read from first to last. */
  readonly sentences: readonly string[];
  /** The arm of an experiment that the user was in; null outside of any. */
  readonly arm: null;
  /** What the watch for abuse said; null where it said nothing. */
  readonly verdict: null;
}

/** Something in the log that stands at the beginning of what followed. */
export interface CausingEvent {
  /** `evt_<position>` for what Diana announced. */
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
}

export interface TransferWhy extends Told<'transfer'> {
  /** Null where it was refused. */
  readonly transfer: TransferEntry | null;
  readonly refusal: { readonly code: RefusalCode; readonly message: string } | null;
  /** What takes it back; null where nothing does. */
  readonly reversed: { readonly transfer: string; readonly at: string } | null;
  /** The key that asked for it; null where a rule did. */
  readonly actor: string | null;
  /** What stood at the beginning; null where nothing in the log did. */
  readonly event: CausingEvent | null;
  /** What was announced between the event and the transfer, in order of causes: an achievement that was unlocked. */
  readonly because: readonly ReportedFact[];
  /** The rule, achievement or other thing that gave it, as the version of then defined it; null where that is not known. */
  readonly definition: string | null;
  /** How the amount came about; null where no rule priced it. */
  readonly award: ExplainedAward | null;
}

export interface AchievementWhy extends Told<'achievement'> {
  readonly achievement: { readonly id: string; readonly name: string; readonly secret: boolean; readonly retired: boolean };
  /** By the catalog in force; null for one that left it. */
  readonly definition: string | null;
  /** As of now. */
  readonly progress: number;
  /** What moves the progress. */
  readonly metrics: readonly string[];
  /** Since when all of these count; null for one that left the catalog. */
  readonly countsSince: string | null;
  /** What has to be unlocked first. */
  readonly requires: readonly RequirementWhy[];
  /** Of one that is made of others: those. */
  readonly parts: readonly RequirementWhy[];
  readonly tiers: readonly TierWhy[];
}

export interface RequirementWhy {
  /** `committer` or `committer.gold`; null for one that is secret. */
  readonly id: string | null;
  readonly met: boolean;
  /** Of what is not met. */
  readonly sentence: string | null;
}

export interface TierWhy {
  readonly id: string;
  /** Null for a retired tier of a catalog that is no longer understood. */
  readonly at: number | null;
  /** Null while locked. */
  readonly unlockedAt: string | null;
  /** The version under which it was unlocked. */
  readonly catalogVersion: number | null;
  /** What unlocked it; null where that is not in the log. */
  readonly event: CausingEvent | null;
  /** Progress that is still missing; 0 once it is reached. */
  readonly missing: number | null;
  readonly sentence: string;
}

export interface BoardWhy extends Told<'board'> {
  readonly board: string;
  readonly period: string;
  readonly definition: string;
  readonly metric: string;
  readonly score: number | null;
  /** Time of the event that reached the score. */
  readonly reachedAt: string | null;
  /** Null for who has no score, and for who is not ranked in spite of one. */
  readonly rank: number | null;
  readonly total: number;
  /** When the period takes no more late events; null for one without an end. */
  readonly closesAt: string | null;
  readonly closed: boolean;
  /** Events that moved the score, newest first. */
  readonly moves: readonly ScoreMove[];
  /** Events that came when the period was closed, newest first. */
  readonly late: readonly CausingEvent[];
  /** Scores in other periods, newest first. */
  readonly others: readonly { readonly period: string; readonly score: number }[];
}

export interface ScoreMove {
  readonly event: CausingEvent;
  /** What it brings to a metric that adds up; null for other metrics, and where only the state is kept that it led to. */
  readonly by: number | null;
  /** What it brings to a metric that keeps one value: the highest, the lowest or the last one. */
  readonly value: number | null;
  /** The state that it led to, for metrics that show a state; null for those that count. */
  readonly state: number | null;
  /** When it was taken back; the rest is what stays of it then. */
  readonly undone: Undone | null;
}

/** `position`: in the log, of what tells of the undoing. */
export interface Undone {
  readonly at: string;
  readonly position: number;
}

/** Lengths are in days, weeks or months, as the streak goes; runs, gaps and covers are told by their first and last date. */
export interface StreakWhy extends Told<'streak'> {
  readonly streak: string;
  readonly every: Every;
  readonly definition: string;
  /** As in a profile. */
  readonly current: number;
  readonly length: number;
  readonly longest: number;
  readonly today: string;
  /** Whose midnight counts. */
  readonly zone: string;
  /** Whether this day, week or month counts already. */
  readonly counted: boolean;
  /** Until when an event keeps it going, freezes and covers included; null where it is broken, or never began. */
  readonly keptUntil: string | null;
  /** Left as of now; null where the catalog has none. */
  readonly freezes: number | null;
  /** While it may be restored: until when, and for how much by currency. */
  readonly restorable: { readonly until: string; readonly price: Readonly<Record<string, number>> } | null;
  readonly nextMilestone: number | null;
  /** Newest first. */
  readonly runs: readonly { readonly first: string; readonly last: string; readonly length: number }[];
  /** What lies between the runs, and behind the newest where it is broken; newest first. */
  readonly gaps: readonly StreakGap[];
  /** What neither counts nor breaks, newest first. */
  readonly covers: readonly { readonly kind: CoverKind; readonly first: string; readonly last: string }[];
}

export interface StreakGap {
  readonly first: string;
  readonly last: string;
  /** How much of it nothing covers. */
  readonly missing: number;
  readonly covered: number;
  /** Whether the streak went on over it, by covers and freezes; null for gaps before the newest chain began. */
  readonly bridged: boolean | null;
}

export interface RuleWhy extends Told<'rule'> {
  readonly rule: string;
  /** By the catalog in force; null for a rule that left it. */
  readonly definition: string | null;
  /** Newest first. */
  readonly events: readonly RuleAtEvent[];
  /** Whether older events of the user were not looked through. */
  readonly truncated: boolean;
}

export type RuleOutcome =
  | 'fired'
  | 'not_matched'
  | 'limit_reached'
  | 'condition_failed'
  | 'too_many_causes'
  | 'not_listening'
  | 'unknown_rule'
  | 'refused'
  | 'erased'
  | 'unknown';

/** What one rule made of one event, or of what it brought about. */
export interface RuleAtEvent {
  readonly rule: string;
  readonly outcome: RuleOutcome;
  /** Null where the event was refused or erased. */
  readonly event: CausingEvent | null;
  /** What the rule heard, where that is something that the event brought about. */
  readonly heard: ReportedFact | null;
  /** Of the version that decided; null where it has no such rule. */
  readonly definition: string | null;
  readonly awards: readonly ExplainedAward[];
  /** What it gave; amounts of adjustments are signed. */
  readonly transfers: readonly { readonly transfer: string; readonly currency: string; readonly amount: number }[];
  /** How far each limit of the rule is used as of the event, by what is known today. */
  readonly limits: readonly { readonly used: number; readonly max: number; readonly per?: string; readonly within?: string }[];
  /** The condition, evaluated again: the parts that all have to hold. Only where it was not met, or something had no value. */
  readonly parts: readonly ConditionPartWhy[];
  /** What of it may have been another thing then: it is read as it is now. */
  readonly changeable: readonly string[];
  /** When the event was taken back, and what the rule gave for it. */
  readonly undone: Undone | null;
  readonly sentence: string;
}

export interface ConditionPartWhy {
  readonly source: string;
  /** Null where it has no value. */
  readonly value: boolean | null;
  /** Why it has none. */
  readonly reason?: string;
  /** What it reads; a value that is missing is left out. */
  readonly reads: readonly { readonly source: string; readonly value?: unknown }[];
}
