import { Type } from 'typebox';
import { MAX_ID } from '../../events/index.ts';

/** Schemas that several subjects share. They check what comes in by address, and describe the rest. */

/** Characters of a user's id, and so of anything that names a thing in an address. */
export const MAX_USER = MAX_ID;

/** A reason is a sentence, not a document. Characters. */
export const MAX_REASON = 1_000;

/** A cursor of transfers grows with the currencies of a user; an address may take 16 kB in all. Characters. */
const MAX_CURSOR = 8_000;

const name = (description: string) => Type.String({ minLength: 1, maxLength: MAX_USER, description });

export const UserParams = Type.Object({ user: name('The id under which the caller knows the user, percent-encoded') });

/** Reads go to the primary, so a position that was answered once is always reflected; boards wait for it. */
export const after = Type.Optional(
  Type.Integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'The answer reflects at least this position of the log',
  }),
);

export const AfterQuery = Type.Object({ after });

export const ReasonQuery = Type.Object({
  reason: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_REASON, description: 'Why; kept in the audit log for ever' })),
});

/** Newest first, a page at a time. */
export const pageQuery = (defaultLimit: number, maximum: number) => ({
  limit: Type.Integer({ minimum: 1, maximum, default: defaultLimit }),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_CURSOR, description: '`cursor` of the page before' })),
});

export const nextCursor = Type.Union([Type.String(), Type.Null()], {
  description: 'Give it back as `cursor` for the next page; null on the last',
});

export const text = Type.String();
export const optionalText = Type.Union([Type.String(), Type.Null()]);
export const time = Type.String({ description: 'RFC 3339' });
export const points = Type.Integer({ minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER });
export const anyObject = Type.Object({}, { additionalProperties: true });
export const anything = Type.Unknown();

/** A problem document after RFC 9457. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'Address that explains the code' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ description: 'Stable; see docs/reference/errors.md' }),
    retryable: Type.Boolean({ description: 'Whether the same request may succeed later as it is' }),
    path: Type.Optional(
      Type.String({ description: 'Where the fault is: a JSON Pointer into the body, or /params/…, /query/…, /headers/…' }),
    ),
    errors: Type.Optional(Type.Array(anyObject)),
    hidden: Type.Optional(Type.Boolean({ description: 'Of `not_ranked`: the user is hidden on the board' })),
    requestId: Type.Optional(Type.String()),
  },
  { $id: 'Problem' },
);
