export type {
  AchievementStatus,
  BoardTop,
  EventReport,
  ExplainedResult,
  ExportedEvent,
  Profile,
  ReportedFact,
  Reports,
  Summary,
  TransferEntry,
  TransferPage,
  UserExport,
} from './model.ts';
export { createReports, type ReportsOptions } from './reports.ts';
export { isTransferCursor } from './transfers.ts';
