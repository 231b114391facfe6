/**
 * The closed list of refusals, in order of precedence: when several apply, the first one is told.
 *
 * `retryable`: whether the same request may succeed later as it is. `remembered`: it came from state
 * (balance, limit, rules in force), so that a retry of the same identity gets the same answer; the
 * identity of a refusal that is not remembered stays free.
 */
export const REFUSALS = {
  malformed: {
    retryable: false,
    remembered: false,
    means: 'The request does not have the required shape; `path` names the first fault.',
  },
  too_large: { retryable: false, remembered: false, means: 'A body is over 5 MB, or an event over 256 kB.' },
  invalid_time: {
    retryable: false,
    remembered: false,
    means: 'The time is no RFC 3339 time, before 1970, or more than five minutes ahead.',
  },
  reserved_type: { retryable: false, remembered: false, means: 'Only Diana itself announces this type.' },
  forbidden: { retryable: false, remembered: false, means: 'The key may not do this.' },
  id_reused: {
    retryable: false,
    remembered: false,
    means: 'This identity was used before with another body; nothing was written.',
  },
  busy: {
    retryable: true,
    remembered: false,
    means: 'Too much is waiting already; nothing was written. Try again after the time in Retry-After.',
  },
  unavailable: {
    retryable: true,
    remembered: false,
    means: 'The database is away, or the outcome is not known. Send the same identity again: it is never counted twice.',
  },
  internal_error: {
    retryable: true,
    remembered: false,
    means: 'Diana failed on this request; it is logged and announced as `system.error`. Nothing was written.',
  },
  unknown_type: { retryable: false, remembered: false, means: 'The catalog is strict and does not declare this type.' },
  invalid_data: {
    retryable: false,
    remembered: false,
    means: 'The data do not fit the type as the catalog declares it; `path` names the first fault.',
  },
  unknown_user: { retryable: false, remembered: false, means: 'No such user.' },
  unknown_subscription: { retryable: false, remembered: false, means: 'No such subscription.' },
  unknown_event: { retryable: false, remembered: false, means: 'No such event: `source` and `id` together name one.' },
  unknown_board: { retryable: false, remembered: false, means: 'The catalog in force has no such board.' },
  unknown_transfer: { retryable: false, remembered: false, means: 'No such transfer.' },
  unknown_hold: { retryable: false, remembered: false, means: 'No such hold.' },
  unknown_achievement: {
    retryable: false,
    remembered: false,
    means: 'The catalog in force has no such achievement, or no such tier of it.',
  },
  unknown_streak: { retryable: false, remembered: false, means: 'The catalog in force has no such streak.' },
  unknown_boost: { retryable: false, remembered: false, means: 'No such boost.' },
  unknown_currency: { retryable: false, remembered: false, means: 'The catalog in force has no such currency.' },
  name_taken: { retryable: false, remembered: false, means: 'There is a subscription of this name already.' },
  replay_under_way: {
    retryable: true,
    remembered: false,
    means: 'The subscription works off a backlog already; wait for its end, or replay into a new one.',
  },
  history_regressed: {
    retryable: false,
    remembered: false,
    means: 'The cursor belongs to another history than the log has: it is beyond its end, or was made from other events.',
  },
  same_user: { retryable: false, remembered: false, means: 'A transfer needs two different users.' },
  already_undone: {
    retryable: false,
    remembered: false,
    means: 'This was undone before, by another request; it is undone once.',
  },
  not_recorded: {
    retryable: false,
    remembered: false,
    means: 'The log does not tell what the events of this user counted: they are from before it recorded that.',
  },
  hold_closed: {
    retryable: false,
    remembered: false,
    means: 'The hold was captured, released or expired before: nothing is held any more.',
  },
  already_unlocked: { retryable: false, remembered: false, means: 'The user has this tier of the achievement already.' },
  not_unlocked: { retryable: false, remembered: false, means: 'The user does not have this tier of the achievement.' },
  not_restorable: {
    retryable: false,
    remembered: false,
    means: 'The streak is not broken, was broken too long ago, or the catalog does not let it be restored.',
  },
  points_spent: {
    retryable: false,
    remembered: false,
    means: 'The points were spent already, and the catalog refuses to take them back then.',
  },
  insufficient_balance: { retryable: false, remembered: true, means: 'The user has fewer points available than this takes.' },
  balance_overflow: {
    retryable: false,
    remembered: true,
    means: 'A balance would leave the range of exact integers (2^53 − 1).',
  },
  limit_reached: { retryable: false, remembered: true, means: 'A limit of the catalog is reached.' },
} as const satisfies Record<string, { retryable: boolean; remembered: boolean; means: string }>;

export type RefusalCode = keyof typeof REFUSALS;

export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  /** Where in the request the fault is, as a JSON Pointer (RFC 6901). */
  readonly path?: string;
}
