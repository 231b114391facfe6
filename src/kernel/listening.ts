import type { Declarations } from './conditions/index.ts';
import type { DocumentNode, Faults } from './document.ts';

/** What metrics and rules need to know about event types; `events` provides it. */
export interface Listener {
  /** The pattern as written. */
  readonly on: string;
  readonly matches: (type: string) => boolean;
  /** Fields of the matching events' data. */
  readonly data: Declarations['data'];
}

/** Reads an `on:` pattern; undefined after a fault. */
export type Listen = (faults: Faults, node: DocumentNode) => Listener | undefined;
