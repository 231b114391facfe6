export { type Catalogs, createCatalogs } from './catalogs.ts';
export { createEngine, type EngineObserver, type EngineOptions, MAX_EVENTS } from './engine.ts';
export type { CatalogApplied, CatalogOutcome, Engine } from './face.ts';
export { decodeHotRow } from './state.ts';
export type {
  AcceptedResult,
  AwardResult,
  EngineStatus,
  EventResult,
  RefusedResult,
  SkippedRule,
  TransferCommand,
  TransferResult,
  UserChange,
} from './model.ts';
export type { EventPayload, TransferPayload } from './answers.ts';
