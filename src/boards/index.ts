export { isClosed, type Score, scorePeriod } from './decide.ts';
export { boardsSchema, parseBoards } from './definition.ts';
export type { BoardAnswer, BoardPage, Boards } from './face.ts';
export { createLiveBoards, type LiveBoards } from './live.ts';
export type { Board, Order, Ties } from './model.ts';
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
