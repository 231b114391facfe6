export { type Catalogs, type CatalogVersion, createCatalogs } from './catalogs.ts';
export { createEngine, type EngineObserver, type EngineOptions, MAX_EVENTS } from './engine.ts';
export type { CatalogApplied, CatalogOutcome, Engine, Insides } from './face.ts';
export { type Decision, decideEvent } from './decide-event.ts';
export { checkRebuild, type Difference, type RebuildReport } from './rebuild.ts';
export { EventRefused, type Prepared, type Publisher } from './publish.ts';
export { createRulebook, type Rulebook } from './rulebook.ts';
export { metricValue, type Standing } from './standing.ts';
export { type DecodedHotRow, decodeHotRow, emptyState } from './state.ts';
export type {
  AcceptedResult,
  AwardResult,
  EngineStatus,
  EventResult,
  RefusedResult,
  SkippedPart,
  TransferCommand,
  TransferResult,
  UserChange,
} from './model.ts';
export type { EventPayload, TransferPayload } from './answers.ts';
