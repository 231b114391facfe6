import { readDuration } from '../../kernel/duration.ts';
import type { Outcome } from '../../kernel/outcome.ts';
import { isPoints } from '../../kernel/points.ts';
import { parseTime } from '../../kernel/time.ts';
import { faultOfNames, faultOfReason, type Fields, no, readFields } from '../wire.ts';

/** Commands about holds as they came off the wire, parsed once. */

export interface HoldCommand {
  readonly id: string;
  readonly user: string;
  readonly currency: string;
  readonly amount: number;
  readonly reason: string | null;
  /** Milliseconds from the moment of acceptance, or since 1970; null: it waits for ever. */
  readonly expires: { readonly in: number } | { readonly at: number } | null;
}

export interface CaptureCommand {
  /** Null: what was captured before is not looked for. */
  readonly id: string | null;
  /** Null: all that is left. */
  readonly amount: number | null;
  /** Who receives it; null: it is spent. */
  readonly to: string | null;
  /** Whether what it leaves is released. */
  readonly final: boolean;
}

export type ReleaseCommand = Pick<CaptureCommand, 'id' | 'amount'>;

export function parseHold(raw: unknown): Outcome<HoldCommand> {
  const read = readFields(raw, 'a hold', ['id', 'user', 'currency', 'amount', 'reason', 'expiresIn', 'expiresAt']);
  if (!read.ok) return read;
  const { id, user, currency, amount, reason } = read.value;
  const wrong =
    faultOfNames(read.value, { id: true, user: true, currency: true }) ??
    (isAmount(amount) ? undefined : no('/amount', AMOUNT)) ??
    faultOfReason(reason, null);
  if (wrong !== undefined) return wrong;
  const expires = readExpiry(read.value);
  if (!expires.ok) return expires;
  return {
    ok: true,
    value: {
      id: id as string,
      user: user as string,
      currency: currency as string,
      amount: amount as number,
      reason: (reason as string | undefined) ?? null,
      expires: expires.value,
    },
  };
}

/** No body is an empty one. */
export function parseCapture(raw: unknown): Outcome<CaptureCommand> {
  const read = readFields(raw ?? {}, 'a capture', ['id', 'amount', 'to', 'final']);
  if (!read.ok) return read;
  const { id = null, amount = null, to = null, final = false } = read.value;
  const wrong = faultOfNames(read.value, { id: false, to: false }) ?? faultOfAmount(amount);
  if (wrong !== undefined) return wrong;
  if (typeof final !== 'boolean') return no('/final', 'must be true or false');
  return { ok: true, value: { id: id as string | null, amount: amount as number | null, to: to as string | null, final } };
}

/** No body is an empty one. */
export function parseRelease(raw: unknown): Outcome<ReleaseCommand> {
  const read = readFields(raw ?? {}, 'a release', ['id', 'amount']);
  if (!read.ok) return read;
  const { id = null, amount = null } = read.value;
  const wrong = faultOfNames(read.value, { id: false }) ?? faultOfAmount(amount);
  return wrong ?? { ok: true, value: { id: id as string | null, amount: amount as number | null } };
}

const AMOUNT = 'must be a whole number of points, at least 1';

function isAmount(amount: unknown): boolean {
  return isPoints(amount) && amount > 0;
}

function faultOfAmount(amount: unknown): Outcome<never> | undefined {
  return amount === null || isAmount(amount) ? undefined : no('/amount', AMOUNT);
}

function readExpiry({ expiresIn, expiresAt }: Fields): Outcome<HoldCommand['expires']> {
  if (expiresIn !== undefined && expiresAt !== undefined) return no('/expiresAt', 'goes without "expiresIn"');
  if (expiresIn !== undefined) {
    const length = typeof expiresIn === 'string' ? readDuration(expiresIn) : undefined;
    return length === undefined || length > MAX_WAIT
      ? no('/expiresIn', "must be a time such as '90s', '15m', '2h' or '3d', at most 400 days")
      : { ok: true, value: { in: length } };
  }
  if (expiresAt === undefined) return { ok: true, value: null };
  const time = typeof expiresAt === 'string' ? parseTime(expiresAt) : undefined;
  return time === undefined ? no('/expiresAt', 'must be a time of RFC 3339') : { ok: true, value: { at: time.ms } };
}

/** Who waits longer means for ever, which is what a hold does that says nothing. */
const MAX_WAIT = 400 * 24 * 60 * 60 * 1_000;
