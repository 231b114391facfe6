export { diffCatalogs } from './diff.ts';
export { EMPTY_CATALOG } from './empty.ts';
export type * from './model.ts';
export { NO_ORIGINS, type Origins, type Settled, settleOrigins } from './origins.ts';
export { parseCatalog } from './parse.ts';
export { insertVersion, loadCurrent, loadUsedKeys, type VersionRow } from './store.ts';
