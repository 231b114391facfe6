export { type AchievementIndex, indexAchievements, nextDue, withUnlock } from './decide.ts';
export { achievementsSchema, parseAchievements } from './definition.ts';
export type { Achievement, ProgressView, Requirement, Strategy, Tier, Unlocks } from './model.ts';
export { eraseUnlocks, insertUnlocks, loadUnlocks, loadUnlocksOf, type Unlock, type UnlockKey, type UnlockRow } from './store.ts';
