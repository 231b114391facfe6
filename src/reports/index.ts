export type {
  AchievementStatus,
  BoostStatus,
  BoardTop,
  EventReport,
  ExplainedResult,
  ExportedEvent,
  FlowPage,
  FlowStatus,
  FlowSummary,
  HoldPage,
  HoldStatus,
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
export { isHoldCursor } from './holds.ts';
export { isTransferCursor } from './transfers.ts';
