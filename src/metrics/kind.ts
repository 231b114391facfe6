import type { DocumentNode, Faults } from '../kernel/document.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Listen } from '../kernel/listening.ts';
import type { Metric } from './model.ts';

/** What else the catalog declares. */
export interface MetricContext {
  readonly listen: Listen;
  /** Whether Diana announces this type itself. */
  readonly isReserved: (type: string) => boolean;
  readonly currencies: Iterable<string>;
  readonly streaks: Iterable<string>;
  readonly hasLevels: boolean;
}

/** One entry of `metrics:`, known to be a mapping that has the key of one kind and of no other. */
export interface MetricDefinition {
  readonly faults: Faults;
  readonly name: string;
  readonly node: DocumentNode;
  readonly entries: ReadonlyMap<string, DocumentNode>;
  /** What stands at the key of the kind. */
  readonly value: DocumentNode;
  readonly context: MetricContext;
}

/** A kind of metric: all that is particular to it. */
export interface MetricKind {
  /** The key that says which kind a definition is of. */
  readonly key: string;
  readonly otherKeys: readonly string[];
  /** Keys that authors try here, each with the reason why it does not go. */
  readonly misplaced?: ReadonlyMap<string, string>;
  /** A definition, for messages. */
  readonly example: string;
  /** JSON Schema (draft 2020-12) of a definition. */
  readonly schema: JsonObject;
  /** Undefined after a fault that leaves no metric. Keys of other kinds and unknown ones are told by the caller. */
  parse(definition: MetricDefinition): Metric | undefined;
}
