export { commitReason } from './chain.ts';
export { currenciesSchema, parseCurrencies } from './definition.ts';
export { type Posted, post } from './decide.ts';
export {
  ADJUSTED,
  type Balance,
  type Currency,
  EMPTY_BALANCE,
  ISSUED,
  SPENT,
  systemAccountName,
  TRANSFER_KINDS,
  type Transfer,
  type TransferDraft,
  type TransferKind,
} from './model.ts';
export { type AccountBalance, eraseNotes, insertNotes, insertTransfers, type Note, saveBalances } from './store.ts';
export { lastVerification, saveVerification, verifyLedger, type VerifyOptions } from './verify.ts';
export type { LedgerFault, Verification, VerificationReport } from './verify-model.ts';
