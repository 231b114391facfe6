export { describeAchievement, describeBoard, describeRule } from './describe.ts';
export { diffCatalogs } from './diff.ts';
export { EMPTY_CATALOG } from './empty.ts';
export type * from './model.ts';
export {
  type Fate,
  type Fates,
  type Former,
  NO_ORIGINS,
  NOTHING_FORMER,
  type Origin,
  type Origins,
  type Settled,
  type Settlement,
  settleOrigins,
  type ValuedNoun,
} from './origins.ts';
export { parseCatalog } from './parse.ts';
export { planChanges } from './plan.ts';
export { catalogSchema } from './schema.ts';
export {
  insertVersion,
  listVersions,
  loadCurrent,
  loadFirstKeys,
  loadFormer,
  loadVersion,
  type VersionRow,
  type VersionSummary,
} from './store.ts';
