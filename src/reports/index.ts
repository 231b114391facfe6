export type {
  AchievementStatus,
  BoostStatus,
  BoardTop,
  EventReport,
  ExplainedResult,
  FlowPage,
  FlowStatus,
  FlowSummary,
  HistoryOutcome,
  HoldPage,
  HoldStatus,
  Profile,
  Reports,
  Summary,
  Trace,
  TraceDelivery,
  TraceEvent,
  TransferPage,
} from './model.ts';
export type { ExportedEvent, UserExport } from './export-model.ts';
export type { ReportedFact, TransferEntry } from './parts-model.ts';
export type {
  AchievementWhy,
  BoardWhy,
  RuleAtEvent,
  RuleWhy,
  StreakWhy,
  TransferWhy,
  Why,
  WhyAnswer,
  WhyFault,
  WhyQuestion,
} from './why-model.ts';
export type {
  BoardChange,
  CurrencyChange,
  History,
  RefusedCount,
  RuleChange,
  TierChange,
  UserChangeOf,
} from './history-model.ts';
export { createReports, type ReportsOptions } from './reports.ts';
export { isHoldCursor } from './holds.ts';
export { isTransferCursor } from './transfers.ts';
