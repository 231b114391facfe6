export { currentLength, lengthOf, moveStreak, needsOlder } from './decide.ts';
export { parseStreaks, streaksSchema } from './definition.ts';
export type { Run, Streak, StreakMove, StreakState } from './model.ts';
export { type AccountRun, type DayKey, deleteRuns, eraseRuns, loadAllRuns, loadRuns, saveRuns } from './store.ts';
