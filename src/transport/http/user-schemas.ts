import { Type } from 'typebox';
import { anyObject, nextCursor, optionalText, points, text, time } from './schemas.ts';

const nullable = (maxLength: number, description: string) =>
  Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength }), Type.Null()], { description }));

/** What may be said about a user. The engine's parser decides; this describes. */
export const UserIn = Type.Object(
  {
    zone: nullable(100, 'IANA zone such as Europe/Madrid: whose days and weeks count for this user'),
    locale: nullable(100, 'BCP 47 tag such as es-MX'),
    name: nullable(200, 'For people to read'),
    attributes: Type.Optional(
      Type.Object({}, { additionalProperties: true, description: 'Replaces all attributes; at most 16 kB' }),
    ),
  },
  { additionalProperties: false },
);

const units = (description: string) => Type.Integer({ description: `Days, weeks or months ${description}` });

export const ProfileOut = Type.Object({
  id: text,
  zone: optionalText,
  locale: optionalText,
  name: optionalText,
  attributes: anyObject,
  createdAt: time,
  balances: Type.Record(Type.String(), points, { description: 'Available, by currency' }),
  held: Type.Record(Type.String(), points),
  expiring: Type.Record(
    Type.String(),
    Type.Array(Type.Object({ on: Type.String({ description: 'A date: they expire at its beginning' }), amount: points })),
    { description: 'What is left of points that expire, by currency: the next 12 days on which some do' },
  ),
  level: Type.Integer(),
  levelProgress: Type.Union([
    Type.Object({
      level: Type.Integer(),
      value: Type.Number({ description: 'Of the metric that levels go by' }),
      from: Type.Number({ description: 'Value at which this level begins' }),
      next: Type.Union([Type.Number(), Type.Null()], { description: 'Value at which the next one does; null on the last' }),
      percent: Type.Integer({ minimum: 0, maximum: 100 }),
    }),
    Type.Null(),
  ]),
  streaks: Type.Array(
    Type.Object({
      id: text,
      current: units('in a row until now; 0 once broken'),
      length: units('of the newest chain, broken or not'),
      longest: units('of the longest chain ever'),
      freezes: Type.Optional(Type.Integer({ description: 'Left, where the catalog has freezes' })),
      atRisk: Type.Optional(
        Type.Literal(true, { description: 'It breaks unless something happens before the day, week or month ends' }),
      ),
      pausedUntil: Type.Optional(Type.String({ description: 'Last date of the pause that is under way' })),
      restorable: Type.Optional(
        Type.Object({ until: time, price: Type.Record(Type.String(), points) }, { description: 'While it may be restored' }),
      ),
      nextMilestone: Type.Optional(Type.Integer({ description: 'Length at the next milestone' })),
    }),
  ),
  metrics: Type.Record(Type.String(), Type.Number()),
});

/** Boards that one question may name. */
export const MAX_RANKS = 20;

export const RankOut = Type.Object({
  board: text,
  period: text,
  rank: Type.Union([Type.Integer(), Type.Null()], { description: 'Null for a user without a score in the period' }),
  score: Type.Union([Type.Number(), Type.Null()]),
  total: Type.Integer({ description: 'Users on the board in the period' }),
});

export const RankedProfileOut = Type.Object({
  ...ProfileOut.properties,
  ranks: Type.Optional(Type.Array(RankOut, { description: 'As asked for by `boards`, in the current periods' })),
});

export const TransferOut = Type.Object({
  id: text,
  kind: text,
  currency: text,
  amount: Type.Integer({ description: 'Signed from the side of the user: negative when it took points' }),
  balance: points,
  counterparty: optionalText,
  rule: optionalText,
  reason: optionalText,
  reverses: Type.Optional(Type.String({ description: 'The transfer that this one takes back' })),
  time,
  recordedAt: time,
  catalogVersion: Type.Integer(),
});

export const TransferPageOut = Type.Object({ transfers: Type.Array(TransferOut), cursor: nextCursor });

export const AchievementsOut = Type.Object({
  achievements: Type.Array(
    Type.Object({
      id: text,
      name: text,
      secret: Type.Boolean(),
      progress: Type.Number({ description: 'Within a period, of the one that it is now' }),
      percent: Type.Integer({ minimum: 0, maximum: 100, description: 'Of the way to the next locked tier, or to the next time' }),
      requires: Type.Array(text, { description: 'What has to be unlocked first: `committer`, or a tier, `committer.gold`' }),
      manual: Type.Optional(Type.Literal(true, { description: 'Unlocked only by hand' })),
      repeatable: Type.Optional(Type.Literal(true)),
      tiers: Type.Array(
        Type.Object({
          id: text,
          at: Type.Union([Type.Number(), Type.Null()]),
          unlockedAt: Type.Union([time, Type.Null()], { description: 'The first time; null while locked' }),
          times: Type.Optional(Type.Integer({ description: 'Of repeatable ones: how often by now' })),
          granted: Type.Optional(Type.Literal(true, { description: 'Unlocked by hand' })),
          revoked: Type.Optional(Type.Literal(true, { description: 'Taken away by hand: locked until it is granted' })),
          rarity: Type.Number({
            minimum: 0,
            maximum: 100,
            description: 'Share of all users who have it, in percent, to three digits; as of half a minute ago',
          }),
          award: Type.Optional(Type.Record(Type.String(), points)),
          retired: Type.Optional(Type.Literal(true)),
        }),
      ),
      retired: Type.Optional(Type.Literal(true, { description: 'Unlocked once, and no longer in the catalog' })),
    }),
  ),
});
