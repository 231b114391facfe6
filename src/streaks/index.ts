export { checkPause } from './pauses.ts';
export {
  currentLength,
  deadlineOf,
  goesOn,
  type Here,
  isAtRisk,
  nextMilestone,
  pausedUntil,
  prospect,
  restorable,
} from './now.ts';
export { hasBegun, lastCovered, moveStreak, needs, NO_PAST, reassess, withCovered, withUntold } from './decide.ts';
export { parseStreaks } from './definition.ts';
export { streaksSchema } from './schema.ts';
export { OWN } from './model.ts';
export type { Amount, Broken, Cover, CoverKind, Past, Run, Streak, StreakMove, StreakState } from './model.ts';
export {
  type AccountCover,
  type AccountEarly,
  type AccountRun,
  type DayKey,
  deleteCover,
  deleteRuns,
  eraseRuns,
  loadAllCovers,
  loadAllRuns,
  loadCovers,
  loadPasts,
  loadRuns,
  replaceEarly,
  saveCovers,
  saveEarly,
  saveRuns,
  type StreakKey,
} from './store.ts';
export { BETWEEN_TRAVELS, leftOutBeside, lostToTravel } from './travel.ts';
export { datesOf, dayAt, dayStart, type Every, hasDay, type Place, placeOf, unitOf } from './units.ts';
