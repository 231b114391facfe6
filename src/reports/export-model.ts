import type { ScoreRecord } from '../boards/index.ts';
import type { BoostStatus, HoldStatus, Profile } from './model.ts';
import type { ReportedFact, TransferEntry } from './parts-model.ts';
import type { CausingEvent } from './why-model.ts';

/** Something in the log about a user: an event from outside, or what Diana announced without one. */
export interface ExportedEvent extends CausingEvent {
  readonly facts: readonly ReportedFact[];
}

/** Everything known about a person. */
export type UserExport = {
  readonly account: string;
  readonly profile: Profile;
  /** Oldest first within each currency. */
  readonly transfers: readonly TransferEntry[];
  readonly events: readonly ExportedEvent[];
  /** In order of time. */
  readonly achievements: readonly {
    readonly id: string;
    readonly tier: string;
    readonly unlockedAt: string;
    readonly catalogVersion: number;
    /** By hand; left out where it was by progress. */
    readonly granted?: true;
    /** How often; left out where it was once. */
    readonly times?: number;
  }[];
  /** Tiers that an admin took away, in order of time. */
  readonly revoked: readonly { readonly id: string; readonly tier: string; readonly revokedAt: string }[];
  readonly streaks: readonly ExportedStreak[];
  readonly scores: readonly {
    readonly board: string;
    readonly period: string;
    readonly score: number;
    readonly reachedAt: string;
    /** Left out where there is none, as is the record. */
    readonly segment?: string;
    readonly record?: ScoreRecord;
  }[];
  /** Final places in closed periods. */
  readonly standings: readonly {
    readonly board: string;
    readonly period: string;
    readonly rank: number;
    readonly score: number;
    readonly reachedAt: string;
    readonly reward: Readonly<Record<string, number>> | null;
    /** Left out where the board has no leagues. */
    readonly league?: { readonly tier: string; readonly next: string };
  }[];
  /** Where the person was moved to another tier of a league than the first. */
  readonly leagues: readonly { readonly board: string; readonly tier: string }[];
  /** Where the person takes no rank; `board` is null for all boards. */
  readonly hidden: readonly { readonly board: string | null; readonly kind: string; readonly at: string }[];
  /** How often rules with limits paid, by span of time. */
  readonly limits: readonly { readonly rule: string; readonly span: string; readonly bucket: string; readonly used: number }[];
  /** Newest first. */
  readonly holds: readonly HoldStatus[];
  /** In the order of grants, those that are over too. */
  readonly boosts: readonly BoostStatus[];
  /** Client keys that speak for the person, without their secrets. */
  readonly keys: readonly {
    readonly id: string;
    readonly name: string;
    readonly createdAt: string;
    readonly revokedAt: string | null;
  }[];
};

export interface ExportedStreak {
  /** Of the catalog in force; for one that is not in it, the name under which its days are kept. */
  readonly id: string;
  /** Days, weeks or months. */
  readonly longest: number;
  /** First and last day of every run, in order of time. */
  readonly runs: readonly { readonly first: string; readonly last: string }[];
  /** What neither counts nor breaks: paused, lost to travel, restored. */
  readonly covers: readonly {
    readonly kind: 'pause' | 'travel' | 'restore';
    readonly first: string;
    readonly last: string;
    readonly reason: string | null;
  }[];
}
