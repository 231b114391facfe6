export { progressOf } from './decide.ts';
export { levelsSchema, parseLevels } from './definition.ts';
export type { LevelProgress, Levels } from './model.ts';
