export type {
  EventReport,
  ExportedEvent,
  Profile,
  ReportedFact,
  Reports,
  TransferEntry,
  TransferPage,
  UserExport,
} from './model.ts';
export { createReports, type ReportsOptions } from './reports.ts';
export { isTransferCursor } from './transfers.ts';
