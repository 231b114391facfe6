export type { Backfills, BackfillStatus } from './history/backfill-model.ts';
export { type Catalogs, type CatalogVersion, createCatalogs } from './catalogs.ts';
export { createEngine, type EngineObserver, type EngineOptions, MAX_EVENTS } from './engine.ts';
export type { CatalogApplied, CatalogOutcome, Engine, Granted, Grants, Insides, Revoked } from './face.ts';
export { type Decision, decideEvent } from './decide-event.ts';
export { checkRebuild, type Difference, type RebuildReport } from './history/rebuild.ts';
export { undoIdentity } from './undo/undo.ts';
export type { UndoReport, Undos } from './undo/undo-model.ts';
export { EventRefused, type Prepared, type Publisher } from './publish.ts';
export type { Moves } from './moves.ts';
export { createRulebook, type Rulebook } from './rulebook.ts';
export { levelNow, metricValue, type Standing } from './standing.ts';
export { type DecodedHotRow, decodeHotRow, emptyState, scoreId, type UserState } from './state.ts';
export type {
  AcceptedResult,
  AwardResult,
  BoostOutcome,
  BoostResult,
  EngineStatus,
  EventResult,
  HoldOutcome,
  HoldResult,
  RefusedResult,
  SkippedPart,
  TransferCommand,
  TransferResult,
  UserChange,
  Visibility,
} from './model.ts';
export type { EventPayload, TransferPayload } from './answers.ts';
export { runWhatIf, type WhatIfOptions } from './history/what-if.ts';
export type { HistoryRow, Replayed, WhatIf } from './history/what-if-model.ts';
export type { WhatIfTally } from './history/what-if-tally.ts';
export { SYSTEM } from './timing.ts';
