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
export {
  closesAt,
  isClosed,
  keptScore,
  NO_DETAILS,
  openPeriods,
  type Score,
  type ScoreDetails,
  scoreDetails,
  scorePeriod,
} from './decide.ts';
export { boardsSchema, parseBoards } from './definition.ts';
export type { AmongPage, BoardAnswer, BoardEntry, BoardPage, BoardPeriods, Boards } from './face.ts';
export { hide, hidesOf, type HiddenKind, unhide } from './hidden-store.ts';
export { createLiveBoards, type LiveBoards } from './live.ts';
export { type Board, type Leagues, MAX_SEGMENT, type Order, type ScoreRecord, type Ties } from './model.ts';
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
export { isWindow, windowBoard } from './window.ts';
