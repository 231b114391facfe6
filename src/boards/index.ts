export type {
  Closing,
  ClosingAnswer,
  Closings,
  FinalEntry,
  FinalStandings,
  LeagueStanding,
  Preview,
} from './closing-face.ts';
export {
  type Award,
  awaitLeagueTurn,
  beginClosing,
  closedSince,
  eraseStandings,
  finishClosing,
  type FinalStanding,
  giveSeats,
  lockClosing,
  insertStandings,
  saveLeaguePlaces,
  tryLeagueTurn,
  unclosedPeriods,
} from './closing-store.ts';
export { createClosings } from './closings.ts';
export { closesAt, isClosed, openPeriods, type Score, scorePeriod } from './decide.ts';
export { boardsSchema, parseBoards } from './definition.ts';
export type { BoardAnswer, BoardPage, Boards } from './face.ts';
export { createLiveBoards, type LiveBoards } from './live.ts';
export type { Board, Leagues, Order, Ties } from './model.ts';
export { placePeriod } from './standings.ts';
export {
  type AccountScore,
  deleteScores,
  eraseScores,
  lastPosition,
  loadAllScores,
  loadScores,
  reseedAllTime,
  saveScores,
  type ScoreKey,
  seedAllTime,
} from './store.ts';
