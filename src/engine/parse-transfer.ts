import { nameFault } from '../events/index.ts';
import { jsonFault, pointerToken } from '../kernel/json.ts';
import { type Outcome, refused } from '../kernel/outcome.ts';
import { isPoints } from '../kernel/points.ts';
import { COMMAND_KINDS, type CommandKind } from '../ledger/index.ts';
import type { TransferCommand } from './model.ts';

const FIELDS = new Set(['id', 'kind', 'user', 'to', 'currency', 'amount', 'reason']);
/** A reason is a sentence, not a document. Characters. */
const MAX_REASON = 1_000;
/** Deeds of an admin that somebody will ask about. */
const NEEDS_REASON: readonly CommandKind[] = ['adjust', 'force'];

function no(
  path: string,
  message: string,
): { readonly ok: false; readonly refusal: { code: 'malformed'; path: string; message: string } } {
  return refused({ code: 'malformed', path, message }) as ReturnType<typeof no>;
}

/** A transfer as it came off the wire, parsed once. */
export function parseTransfer(raw: unknown): Outcome<TransferCommand> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return no('', 'a transfer is an object');
  const fault = jsonFault(raw);
  if (fault !== undefined) return no(fault.path, fault.message);
  const command = raw as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(command)) {
    if (!FIELDS.has(name)) return no(`/${pointerToken(name)}`, `is no field of a transfer (${[...FIELDS].join(', ')})`);
  }
  const { id, kind, user, to, currency, amount, reason } = command;
  for (const [name, value, required] of [
    ['id', id, true],
    ['user', user, true],
    ['currency', currency, true],
    ['to', to, false],
  ] as const) {
    const wrong = nameFault(value, required);
    if (wrong !== undefined) return no(`/${name}`, wrong);
  }
  if (!isKind(kind)) return no('/kind', `must be one of ${COMMAND_KINDS.join(', ')}`);
  if (!isPoints(amount)) return no('/amount', 'must be an integer within ±(2^53 − 1)');
  if (amount === 0) return no('/amount', 'must not be 0');
  if (amount < 0 && kind !== 'adjust') return no('/amount', 'must be positive; only "adjust" may take away');
  if (kind === 'transfer' && to === undefined) return no('/to', 'is required: the user who receives it');
  if (kind !== 'transfer' && to !== undefined) return no('/to', `belongs to kind "transfer" only`);
  if (reason !== undefined && (typeof reason !== 'string' || reason === '' || reason.length > MAX_REASON)) {
    return no('/reason', `must be text of 1 to ${MAX_REASON} characters`);
  }
  if (NEEDS_REASON.includes(kind) && reason === undefined) return no('/reason', `is required for "${kind}"`);
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
      ...(reason === undefined ? {} : { reason }),
    },
  };
}

function isKind(value: unknown): value is CommandKind {
  return COMMAND_KINDS.includes(value as CommandKind);
}
