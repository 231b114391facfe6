export type {
  AchievementStatus,
  BoardTop,
  EventReport,
  ExplainedResult,
  ExportedEvent,
  FlowPage,
  FlowStatus,
  FlowSummary,
  HistoryOutcome,
  Profile,
  ReportedFact,
  Reports,
  Summary,
  Trace,
  TraceDelivery,
  TraceEvent,
  TransferEntry,
  TransferPage,
  UserExport,
} from './model.ts';
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
export { isTransferCursor } from './transfers.ts';
