import type { Achievement } from '../achievements/index.ts';
import type { Board } from '../boards/index.ts';
import type { EventDeclaration } from '../events/index.ts';
import type { Flow } from '../flows/index.ts';
import type { Currency } from '../ledger/index.ts';
import type { Levels } from '../levels/index.ts';
import type { Metric } from '../metrics/index.ts';
import type { Multiplier, Rounding, Rule } from '../rules/index.ts';
import type { Streak } from '../streaks/index.ts';

/** The economy: what is declared, counted, given and ranked. Immutable once parsed. */
export interface Catalog {
  readonly name: string;
  /** IANA zone for events and users that tell none. */
  readonly timezone: string;
  readonly rounding: Rounding;
  /** Undeclared event types are refused. */
  readonly strictEvents: boolean;
  readonly currencies: ReadonlyMap<string, Currency>;
  readonly events: ReadonlyMap<string, EventDeclaration>;
  readonly metrics: readonly Metric[];
  readonly streaks: readonly Streak[];
  /** Null: everybody is on level 1. */
  readonly levels: Levels | null;
  readonly multipliers: readonly Multiplier[];
  readonly rules: readonly Rule[];
  readonly achievements: readonly Achievement[];
  readonly boards: readonly Board[];
  /** Transactions that cross services. They move nothing. */
  readonly flows: readonly Flow[];
  /** What stays when something is undone. */
  readonly undo: UndoSettings;
}

/** What becomes of unlocks and levels that are no longer reached when what led to them is undone. */
export interface UndoSettings {
  readonly achievements: 'revoke' | 'keep';
  readonly levels: 'lower' | 'keep';
}

/** One thing wrong with a catalog. */
export interface CatalogFault {
  /** 1-based line in the source; 1 where it cannot be told. */
  readonly line: number;
  /** Dotted path in the document: `rules[2].award.points`. */
  readonly path: string;
  /** What was found and what was expected, and the nearest valid name where one is close. */
  readonly message: string;
}

export type ParsedCatalog =
  | { readonly ok: true; readonly catalog: Catalog }
  | { readonly ok: false; readonly faults: readonly CatalogFault[] };

/** A difference between two catalogs, for people and machines. */
export interface CatalogChange {
  readonly change: 'added' | 'removed' | 'changed';
  /** The section: `rules`, `metrics`, … */
  readonly noun: string;
  readonly id: string;
  readonly before: string | null;
  readonly after: string | null;
  /** What the change means for users, where it is not plain: a metric that starts anew. */
  readonly note: string | null;
}
