import type { DocumentNode, Faults } from '../../kernel/document.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Listen } from '../../kernel/listening.ts';
import type { MetricSource } from '../../metrics/index.ts';
import type { PlacedRequirement } from '../requirements.ts';
import type { Strategy } from '../model.ts';

/** What else the catalog declares. */
export interface AchievementContext {
  readonly metrics: readonly string[];
  readonly currencies: readonly string[];
  readonly boards: readonly { readonly id: string; readonly period: unknown }[];
  readonly listen: Listen;
  /** What moves a metric; undefined where its definition is at fault. */
  readonly sourceOf: (metric: string) => MetricSource | undefined;
  /** The highest value that a metric can ever have, null where there is no bound. */
  readonly highest: (metric: string) => number | null;
}

/** One entry of `achievements:`, known to be a mapping that has the key of this strategy and of no other. */
export interface StrategyDefinition {
  readonly faults: Faults;
  readonly id: string;
  readonly node: DocumentNode;
  readonly entries: ReadonlyMap<string, DocumentNode>;
  /** What stands at the key of the strategy. */
  readonly value: DocumentNode;
  readonly context: AchievementContext;
}

export interface ParsedStrategy {
  readonly strategy: Strategy;
  /** What it is made of, with the places in the document. */
  readonly parts: readonly PlacedRequirement[];
  /** Progress of the one tier `done` that there is where none is written; null: tiers have to be written. */
  readonly done: number | null;
  /** The highest progress that there can be, and why; null where there is no bound. */
  readonly highest: { readonly value: number; readonly why: string } | null;
}

/** A strategy: all that is particular to it. */
export interface StrategyKind {
  /** The key that says which strategy a definition is of. */
  readonly key: string;
  readonly otherKeys: readonly string[];
  /** Keys that authors try here, each with the reason why it does not go. */
  readonly misplaced?: ReadonlyMap<string, string>;
  /** A definition, for messages. */
  readonly example: string;
  /** JSON Schema (draft 2020-12) of the keys that it adds. */
  readonly properties: JsonObject;
  /** Undefined after a fault that leaves no strategy. Keys of other strategies and unknown ones are told by the caller. */
  parse(definition: StrategyDefinition): ParsedStrategy | undefined;
}
