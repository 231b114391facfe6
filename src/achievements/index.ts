export {
  type AchievementIndex,
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
export { referenceText } from './requirements.ts';
export { eraseUnlocks, insertUnlocks, loadUnlocks, type Unlock, type UnlockRow } from './store.ts';
