import { Type } from 'typebox';
import { optionalText, text, time } from './schemas.ts';

const count = Type.Integer({ minimum: 0 });
const points = Type.Integer();
const nullableNumber = Type.Union([Type.Number(), Type.Null()]);

const Refused = Type.Array(Type.Object({ code: text, count, message: text }));

const Users = Type.Array(
  Type.Object({ user: text, before: points, after: points, balanceBefore: points, balanceAfter: points }),
  { description: 'At most ten. What rules award to the user, and the balance, now and then' },
);

const Currency = Type.Object({
  currency: text,
  before: Type.Integer({ description: 'What rules and achievements awarded to everybody' }),
  after: Type.Integer({ description: 'What they would have awarded by the draft' }),
  difference: points,
  inflation: Type.Union([Type.Number(), Type.Null()], { description: 'Percent; null where nothing was awarded' }),
  users: Type.Object({ gain: count, lose: count, stay: count }),
  quantiles: Type.Object(
    { min: points, p5: points, p25: points, p50: points, p75: points, p95: points, max: points },
    { description: 'Of the differences of the users' },
  ),
  gainMost: Users,
  loseMost: Users,
});

/** What `plan` answers about history. */
export const HistoryOut = Type.Object({
  events: Type.Object({ replayed: count, erased: count, refused: Refused }),
  transfers: Type.Object({ replayed: count, refused: Refused, leftOut: count }),
  users: count,
  position: Type.Integer({ description: 'Up to which position of the log' }),
  seconds: Type.Number(),
  currencies: Type.Array(Currency),
  rules: Type.Array(
    Type.Object({
      rule: Type.String({ description: 'Id of a rule, or `achievement:<id>:<tier>`' }),
      currency: text,
      timesBefore: count,
      timesAfter: count,
      paidBefore: points,
      paidAfter: points,
      limited: Type.Integer({ minimum: 0, description: 'How often a limit of the draft kept it from paying' }),
    }),
  ),
  achievements: Type.Array(Type.Object({ achievement: text, name: text, tier: text, before: count, after: count })),
  levels: Type.Array(Type.Object({ level: Type.Integer(), before: count, after: count })),
  boards: Type.Array(
    Type.Object({
      board: text,
      period: optionalText,
      total: count,
      entries: Type.Array(
        Type.Object({
          rank: Type.Integer(),
          user: text,
          score: Type.Number(),
          rankBefore: nullableNumber,
          scoreBefore: nullableNumber,
        }),
      ),
    }),
  ),
  assumptions: Type.Array(text, { description: 'What the figures take for granted' }),
  warnings: Type.Array(text, { description: 'What deserves a second look before the draft is applied' }),
});

/** What a version began, computed over what happened before it. */
export const BackfillOut = Type.Object({
  version: Type.Integer({ description: 'Of the catalog whose new definitions are computed' }),
  state: Type.Enum(['running', 'done']),
  silent: Type.Boolean(),
  upTo: Type.Integer({ description: 'Last position of the log that is looked at' }),
  done: Type.Integer({ minimum: 0, description: 'Users' }),
  failed: Type.Integer({ minimum: 0, description: 'Users of whom something was refused' }),
  total: count,
  startedAt: time,
  finishedAt: Type.Union([time, Type.Null()]),
});
