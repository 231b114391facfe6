import { field, sha256 } from '../kernel/digest.ts';
import type { TransferDraft } from './model.ts';

/** Changes when the fields or their order do; old entries keep theirs. The second one has what an entry takes back. */
const VERSION = '1';
const VERSION_OF_REVERSALS = '2';

/**
 * Hash of an entry: SHA-256(version ‖ previous hash ‖ length-prefixed fields), 64 hex digits. Every business
 * field of the transfer is in it, so that none can be altered without breaking the chain of its account.
 */
export function entryHash(
  previous: string,
  transfer: TransferDraft,
  side: 'debit' | 'credit',
  entry: { readonly number: number; readonly balance: number },
): string {
  const { reverses } = transfer;
  return sha256(
    (reverses === undefined ? VERSION : VERSION_OF_REVERSALS) +
      previous +
      field(side === 'debit' ? transfer.debit : transfer.credit) +
      field(side) +
      field(entry.number) +
      field(entry.balance) +
      field(transfer.id) +
      field(transfer.kind) +
      field(transfer.currency) +
      field(side === 'debit' ? transfer.credit : transfer.debit) +
      field(transfer.amount) +
      field(transfer.occurredAt) +
      field(transfer.recordedAt) +
      field(transfer.cause) +
      field(transfer.rule) +
      field(transfer.catalogVersion) +
      field(transfer.actor) +
      field(transfer.reasonCommitment) +
      (reverses === undefined ? '' : field(reverses)),
  );
}

/** What the chain holds in place of a reason: nothing can be learnt of it once the nonce is destroyed. */
export function commitReason(nonce: string, reason: string): string {
  return sha256(field(nonce) + field(reason));
}
