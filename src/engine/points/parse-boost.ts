import type { Outcome } from '../../kernel/outcome.ts';
import { parseTime } from '../../kernel/time.ts';
import { faultOfNames, faultOfReason, no, readFields } from '../wire.ts';

/** A boost to be granted, as it came off the wire. */
export interface BoostCommand {
  readonly id: string;
  /** Null: everyone. */
  readonly user: string | null;
  readonly factor: number;
  readonly currency: string | null;
  readonly rules: readonly string[] | null;
  /** Milliseconds; null: from now on. */
  readonly from: number | null;
  readonly until: number;
  readonly reason: string;
}

/** It stands in the answer to every award that it raises. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MAX_FACTOR = 1_000;
/** More would be most of a catalog. */
const MAX_RULES = 100;
const FIELDS = ['id', 'user', 'factor', 'currency', 'rules', 'from', 'until', 'reason'];

export function parseBoost(raw: unknown): Outcome<BoostCommand> {
  const read = readFields(raw, 'a boost', FIELDS);
  if (!read.ok) return read;
  const { id, user = null, factor, currency = null, rules = null, from, until, reason } = read.value;
  const misnamed = faultOfNames(read.value, { id: true, user: false, currency: false });
  if (misnamed !== undefined) return misnamed;
  if (!ID.test(id as string))
    return no('/id', 'must be 1 to 64 letters, digits, ".", "_" and "-", and begin with a letter or digit');
  if (typeof factor !== 'number' || !(factor > 0 && factor <= MAX_FACTOR))
    return no('/factor', `must be a number above 0 and at most ${MAX_FACTOR}`);
  if (rules !== null && !isRules(rules))
    return no('/rules', `must be a list of 1 to ${MAX_RULES} ids of rules, none of them twice`);
  const starts = from === undefined ? null : instant(from);
  if (starts === undefined) return no('/from', 'must be a time of RFC 3339');
  const ends = instant(until);
  if (ends === undefined) return no('/until', 'must be a time of RFC 3339');
  if (starts !== null && ends <= starts) return no('/until', 'must be later than "from"');
  const unsaid = faultOfReason(reason, 'is required: boosts are looked at later');
  if (unsaid !== undefined) return unsaid;
  return {
    ok: true,
    value: {
      id: id as string,
      user: user as string | null,
      factor,
      currency: currency as string | null,
      rules: rules as readonly string[] | null,
      from: starts,
      until: ends,
      reason: reason as string,
    },
  };
}

function instant(value: unknown): number | undefined {
  return typeof value === 'string' ? parseTime(value)?.ms : undefined;
}

function isRules(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= MAX_RULES &&
    value.every((id) => typeof id === 'string') &&
    new Set(value).size === value.length
  );
}
