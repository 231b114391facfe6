export { diffCatalogs } from './diff.ts';
export { EMPTY_CATALOG } from './empty.ts';
export type * from './model.ts';
export { parseCatalog } from './parse.ts';
export { insertVersion, loadCurrent, type VersionRow } from './store.ts';
