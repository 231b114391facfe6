import { Type } from 'typebox';
import { MAX_SEGMENT } from '../../boards/index.ts';
import { MAX_REASON, MAX_USER, optionalText, text, time } from './schemas.ts';

/** What goes in and out where boards are asked. */

export const BoardParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: MAX_USER }) });

/** As long as the name of a season may be. */
export const PERIOD_KEYS = {
  minLength: 1,
  maxLength: 64,
  description:
    '`current`, `previous`, or a key: 2026-11-21, 2026-W47, 2026-11, 2026, all; of a cron pattern 2026-11-20T18-00; the name of a season',
} as const;
export const period = Type.String({ ...PERIOD_KEYS, default: 'current' });
/** Entries of one page: more is a download, not a leaderboard. */
export const MAX_LIMIT = 1_000;
/** Neighbours on each side. */
export const MAX_AROUND = 100;

/** Users of one question: friends, a class, a guild. */
const MAX_AMONG = 1_000;
export const MAX_PERIODS = 100;

export const segment = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: MAX_SEGMENT,
    description: 'Ranks among those of this segment alone; for boards with `by`',
  }),
);

export const entry = {
  rank: Type.Integer(),
  user: text,
  score: Type.Number(),
  record: Type.Optional(
    Type.Record(text, Type.Union([text, Type.Number(), Type.Boolean()]), {
      description: 'What `record` of the board kept of the event that set the score',
    }),
  ),
};

const head = {
  board: text,
  period: Type.String({ description: 'The resolved key' }),
  position: Type.Integer({ description: 'Position of the log that this answer reflects' }),
  total: Type.Integer(),
};
export const page = { ...head, entries: Type.Array(Type.Object(entry)) };

export const VisibilityIn = Type.Object(
  {
    hidden: Type.Boolean(),
    board: Type.Optional(
      Type.Union([BoardParams.properties.id, Type.Null()], { description: 'Id of a board; left out or null: all boards' }),
    ),
    kind: Type.Optional(
      Type.Enum(['opted_out', 'hidden'], {
        description: 'By the wish of the user (what service keys do), or by an admin, who alone takes that back',
      }),
    ),
    reason: Type.Optional(
      Type.Union([Type.String({ minLength: 1, maxLength: MAX_REASON }), Type.Null()], { description: 'Kept in the audit log' }),
    ),
  },
  { additionalProperties: false },
);

export const VisibilityOut = Type.Object({
  user: text,
  hidden: Type.Array(Type.Object({ board: optionalText, kind: Type.Enum(['opted_out', 'hidden']), at: time }), {
    description: 'All that hides the user; `board` is null for all boards',
  }),
  position: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Give it as `after` to read boards that show it so; null where it was so before',
  }),
});

export const among = {
  in: Type.Object(
    {
      users: Type.Array(Type.String({ minLength: 1, maxLength: MAX_USER }), { minItems: 1, maxItems: MAX_AMONG }),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_AMONG, description: 'Entries to answer' })),
    },
    { additionalProperties: false },
  ),
  out: Type.Object({
    ...head,
    entries: Type.Array(Type.Object({ ...entry, globalRank: Type.Integer({ description: 'Among all of the board' }) })),
    missing: Type.Array(text),
  }),
};
