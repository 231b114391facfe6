export type {
  AchievementStatus,
  BoardTop,
  EventReport,
  ExplainedResult,
  ExportedEvent,
  FlowPage,
  FlowStatus,
  FlowSummary,
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
export { createReports, type ReportsOptions } from './reports.ts';
export { isTransferCursor } from './transfers.ts';
