export { isClosed, keptScore, NO_DETAILS, type Score, type ScoreDetails, scoreDetails, scorePeriod } from './decide.ts';
export { boardsSchema, parseBoards } from './definition.ts';
export type { AmongPage, BoardAnswer, BoardEntry, BoardPage, BoardPeriods, Boards } from './face.ts';
export { hide, hidesOf, type HiddenKind, unhide } from './hidden-store.ts';
export { createLiveBoards, type LiveBoards } from './live.ts';
export { type Board, MAX_SEGMENT, type Order, type ScoreRecord, type Ties } from './model.ts';
export {
  type AccountScore,
  deleteScores,
  eraseScores,
  loadAllScores,
  loadScores,
  reseedAllTime,
  saveScores,
  type ScoreKey,
  seedAllTime,
} from './store.ts';
