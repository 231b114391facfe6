export {
  type AchievementIndex,
  awaken,
  type Due,
  type DueView,
  indexAchievements,
  isPartUnlocked,
  isUnlocked,
  nextDue,
  timesOf,
  withoutUnlock,
  withUnlock,
} from './decide.ts';
export { achievementsSchema, parseAchievements } from './definition.ts';
export {
  type Achievement,
  type Held,
  ownMetrics,
  occurrenceId,
  type ProgressView,
  type Repeat,
  type Requirement,
  type Strategy,
  type Tier,
  type Times,
  type Unlocks,
  type Window,
} from './model.ts';
export {
  deleteOccurrences,
  insertOccurrences,
  loadOccurrences,
  type Occurrence,
  occurrenceOf,
} from './occurrence-store.ts';
export { referenceText } from './requirements.ts';
export {
  deleteUnlocks,
  eraseUnlocks,
  insertUnlocks,
  loadUnlocks,
  loadUnlocksOf,
  type Revocation,
  type Unlock,
  type UnlockKey,
  type UnlockRow,
  lowerTimes,
  updateTimes,
  withdrawUnlocks,
} from './store.ts';
