import { type Outcome, refused } from '../kernel/outcome.ts';
import { isPoints } from '../kernel/points.ts';
import { COMMAND_KINDS, type CommandKind } from '../ledger/index.ts';
import type { TransferCommand } from './model.ts';
import { faultOfNames, faultOfReason, no, readFields } from './wire.ts';

const FIELDS = ['id', 'kind', 'user', 'to', 'currency', 'amount', 'reason'];
/** Deeds of an admin that somebody will ask about. */
const NEEDS_REASON: readonly CommandKind[] = ['adjust', 'force'];

/** A transfer as it came off the wire, parsed once. */
export function parseTransfer(raw: unknown): Outcome<TransferCommand> {
  const read = readFields(raw, 'a transfer', FIELDS);
  if (!read.ok) return read;
  const { id, kind, user, to, currency, amount, reason } = read.value;
  const misnamed = faultOfNames(read.value, { id: true, user: true, currency: true, to: false });
  if (misnamed !== undefined) return misnamed;
  if (!isKind(kind)) return no('/kind', `must be one of ${COMMAND_KINDS.join(', ')}`);
  if (!isPoints(amount)) return no('/amount', 'must be an integer within ±(2^53 − 1)');
  if (amount === 0) return no('/amount', 'must not be 0');
  if (amount < 0 && kind !== 'adjust') return no('/amount', 'must be positive; only "adjust" may take away');
  if (kind === 'transfer' && to === undefined) return no('/to', 'is required: the user who receives it');
  if (kind !== 'transfer' && to !== undefined) return no('/to', `belongs to kind "transfer" only`);
  const unsaid = faultOfReason(reason, NEEDS_REASON.includes(kind) ? `is required for "${kind}"` : null);
  if (unsaid !== undefined) return unsaid;
  if (kind === 'transfer' && to === user) {
    return refused({ code: 'same_user', path: '/to', message: 'a transfer needs two different users' });
  }
  return {
    ok: true,
    value: {
      id: id as string,
      kind,
      user: user as string,
      currency: currency as string,
      amount,
      ...(to === undefined ? {} : { to: to as string }),
      ...(reason === undefined ? {} : { reason: reason as string }),
    },
  };
}

function isKind(value: unknown): value is CommandKind {
  return COMMAND_KINDS.includes(value as CommandKind);
}
