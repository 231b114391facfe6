import type { EngineObserver } from '../../src/engine/index.ts';

/** Counts nothing. */
export const SILENT: EngineObserver = {
  batch: () => undefined,
  refusal: () => undefined,
  conditionFailed: () => undefined,
  answered: () => undefined,
  timersLate: () => undefined,
  timerFailed: () => undefined,
};
