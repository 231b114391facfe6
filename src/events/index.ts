export { createListen, eventsSchema, parseEvents } from './definition.ts';
export type { EventDeclaration, EventField, LoggedRows, Submission } from './model.ts';
export { checkData, MAX_ID, nameFault, parseEvent } from './parse.ts';
export { isReserved } from './reserved.ts';
export {
  append,
  bumpGeneration,
  checkFence,
  type Claim,
  eraseContent,
  type KnownIdentity,
  loadIdentities,
  lockHead,
  type LogRow,
  moveFence,
  readHead,
} from './store.ts';
export { eraseAside, keepAside, pruneAside, selectAside, type SetAside } from './set-aside-store.ts';
