import { REFUSALS, type RefusalCode } from '../../kernel/refusals.ts';

/** What only the HTTP side can find wrong, beside the refusals of the product. */
export const TRANSPORT_MEANINGS = {
  unauthorized: 'The request has no key, or one that is unknown or revoked.',
  rate_limited: 'This key or this address sent too much, or too many wrong keys. Try again after the time in Retry-After.',
  not_found: 'There is nothing at this address.',
  unknown_trace: 'Nothing belongs to this correlation, and it is the id of no event.',
  unknown_dead_letter: 'No such dead letter: it was delivered, discarded or erased, or its subscription was deleted.',
  unknown_rule: 'The catalog in force has no such rule, and neither has the version that decided the event.',
  unknown_period: 'This is no period of the board: its key has another form, or does not exist.',
  period_open: 'The period is not closed yet, or ended before the board existed: there are no final standings of it.',
  no_leagues: 'The board has no leagues.',
  unknown_key: 'No such key.',
  unknown_version: 'No such version of the catalog was ever applied.',
  not_ranked: 'The user has no rank on this board in this period: no score, or hidden (`hidden`).',
  method_not_allowed: 'The address exists, but not for this method; `Allow` names those that do.',
  unsupported_media_type: 'The body has a content type, or an encoding, that this address does not read.',
  catalog_invalid: 'The catalog has faults; `errors` lists each with its line, path and what was expected.',
  request_timeout: 'The request did not arrive whole in time.',
  headers_too_large: 'The header of the request is too large.',
} as const;

export type ProblemCode = RefusalCode | keyof typeof TRANSPORT_MEANINGS;

interface ProblemDefinition {
  readonly status: number;
  readonly title: string;
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number;
}

/** The one table from codes to HTTP. A code that is missing here does not compile. */
export const PROBLEMS = {
  malformed: { status: 400, title: 'Malformed request' },
  too_large: { status: 413, title: 'Too large' },
  invalid_time: { status: 400, title: 'Invalid time' },
  reserved_type: { status: 400, title: 'Reserved event type' },
  forbidden: { status: 403, title: 'Forbidden' },
  id_reused: { status: 409, title: 'Identity used before' },
  // The queue empties thousands of events in a second.
  busy: { status: 503, title: 'Busy', retryAfter: 1 },
  // A database that restarts is back within a few seconds; sooner would only add to its load.
  unavailable: { status: 503, title: 'Unavailable', retryAfter: 2 },
  internal_error: { status: 500, title: 'Internal error' },
  unknown_type: { status: 422, title: 'Unknown event type' },
  invalid_data: { status: 400, title: 'Invalid data' },
  unknown_user: { status: 404, title: 'Unknown user' },
  unknown_subscription: { status: 404, title: 'Unknown subscription' },
  unknown_event: { status: 404, title: 'Unknown event' },
  unknown_board: { status: 404, title: 'Unknown board' },
  unknown_transfer: { status: 404, title: 'Unknown transfer' },
  unknown_hold: { status: 404, title: 'Unknown hold' },
  unknown_achievement: { status: 404, title: 'Unknown achievement' },
  unknown_streak: { status: 404, title: 'Unknown streak' },
  unknown_boost: { status: 404, title: 'Unknown boost' },
  unknown_currency: { status: 422, title: 'Unknown currency' },
  name_taken: { status: 409, title: 'Name taken' },
  replay_under_way: { status: 409, title: 'Replay under way' },
  history_regressed: { status: 409, title: 'History regressed' },
  same_user: { status: 422, title: 'Same user' },
  already_undone: { status: 409, title: 'Undone before' },
  not_recorded: { status: 409, title: 'Not recorded' },
  hold_closed: { status: 409, title: 'Hold closed' },
  already_unlocked: { status: 409, title: 'Unlocked before' },
  not_unlocked: { status: 409, title: 'Not unlocked' },
  not_restorable: { status: 422, title: 'Not restorable' },
  points_spent: { status: 422, title: 'Points spent' },
  insufficient_balance: { status: 422, title: 'Insufficient balance' },
  balance_overflow: { status: 422, title: 'Balance overflow' },
  limit_reached: { status: 422, title: 'Limit reached' },
  unauthorized: { status: 401, title: 'Unauthorized' },
  rate_limited: { status: 429, title: 'Too many requests' },
  not_found: { status: 404, title: 'Not found' },
  unknown_trace: { status: 404, title: 'Unknown trace' },
  unknown_dead_letter: { status: 404, title: 'Unknown dead letter' },
  unknown_rule: { status: 404, title: 'Unknown rule' },
  unknown_period: { status: 400, title: 'Unknown period' },
  period_open: { status: 409, title: 'Period not closed' },
  no_leagues: { status: 404, title: 'No leagues' },
  unknown_key: { status: 404, title: 'Unknown key' },
  unknown_version: { status: 404, title: 'Unknown version' },
  not_ranked: { status: 404, title: 'Not ranked' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  catalog_invalid: { status: 422, title: 'Invalid catalog' },
  request_timeout: { status: 408, title: 'Request timeout' },
  headers_too_large: { status: 431, title: 'Headers too large' },
} as const satisfies Readonly<Record<ProblemCode, ProblemDefinition>>;

/** Totality over the refusals alone, so that the error names the missing code when one is added. */
PROBLEMS satisfies Readonly<Record<RefusalCode, ProblemDefinition>>;

export const PROBLEM_CODES = Object.keys(PROBLEMS) as readonly ProblemCode[];

export interface ProblemDetails {
  readonly detail: string;
  /** JSON Pointer into the body; or `/params/…`, `/query/…`, `/headers/…`. */
  readonly path?: string | undefined;
  readonly errors?: readonly object[];
  readonly requestId?: string;
  /** Of `not_ranked`: there may be a score, but the user is hidden. */
  readonly hidden?: true;
  /** Seconds; else the table's. */
  readonly retryAfter?: number;
}

export interface Problem {
  readonly status: number;
  readonly retryAfter: number | undefined;
  /** After RFC 9457. */
  readonly body: Readonly<Record<string, unknown>>;
}

export function isRefusalCode(code: string): code is RefusalCode {
  return Object.hasOwn(REFUSALS, code);
}

/** What a code means, in one sentence. */
export function meaningOf(code: ProblemCode): string {
  return isRefusalCode(code) ? REFUSALS[code].means : TRANSPORT_MEANINGS[code];
}

/** Whether the same request may succeed later as it is. */
export function isRetryable(code: ProblemCode): boolean {
  return isRefusalCode(code) ? REFUSALS[code].retryable : code === 'rate_limited' || code === 'request_timeout';
}

export function problemOf(code: ProblemCode, details: ProblemDetails): Problem {
  const definition: ProblemDefinition = PROBLEMS[code];
  return {
    status: definition.status,
    retryAfter: details.retryAfter ?? definition.retryAfter,
    body: {
      type: `/problems/${code}`,
      title: definition.title,
      status: definition.status,
      detail: details.detail,
      code,
      retryable: isRetryable(code),
      ...(details.path === undefined ? {} : { path: details.path }),
      ...(details.errors === undefined ? {} : { errors: details.errors }),
      ...(details.hidden === undefined ? {} : { hidden: details.hidden }),
      ...(details.requestId === undefined ? {} : { requestId: details.requestId }),
    },
  };
}

/** A problem found where only throwing leads out: in a body parser, a validator or a hook of the framework. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly path: string | undefined;
  constructor(code: ProblemCode, detail: string, path?: string) {
    super(detail);
    this.code = code;
    this.path = path;
  }
}
