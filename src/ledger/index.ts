export { commitReason } from './chain.ts';
export { currenciesSchema, parseCurrencies } from './definition.ts';
export { type Posted, post } from './decide.ts';
export { type Expiry, expiryDay, warningDay } from './expiry.ts';
export { type Hold, type HoldState, reduced, restOfHold } from './hold.ts';
export { eraseHolds, findHold, insertHold, loadHold, saveHold } from './hold-store.ts';
export { addToLots, eraseLots, loadLots, type LotCredit, markWarned, settleLots } from './lot-store.ts';
export { dueOf, leftOf, type Lot } from './lots.ts';
export {
  ADJUSTED,
  type AmountLimit,
  type Balance,
  COMMAND_KINDS,
  type CommandKind,
  type Currency,
  EMPTY_BALANCE,
  EXPIRED,
  HELD,
  ISSUED,
  SPENT,
  systemAccountName,
  type Transfer,
  type TransferDraft,
  type TransferKind,
} from './model.ts';
export { type AccountBalance, eraseNotes, insertNotes, insertTransfers, type Note, saveBalances } from './store.ts';
export { lastVerification, saveVerification, verifyLedger, type VerifyOptions } from './verify.ts';
export type { LedgerFault, Verification, VerificationReport } from './verify-model.ts';
