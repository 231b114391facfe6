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

export const ProfileOut = Type.Object({
  id: text,
  zone: optionalText,
  locale: optionalText,
  name: optionalText,
  attributes: anyObject,
  createdAt: time,
  balances: Type.Record(Type.String(), points, { description: 'Available, by currency' }),
  held: Type.Record(Type.String(), points),
  level: Type.Integer(),
  streaks: Type.Array(anyObject),
  metrics: Type.Record(Type.String(), Type.Number()),
});

export const TransferPageOut = Type.Object({
  transfers: Type.Array(
    Type.Object({
      id: text,
      kind: text,
      currency: text,
      amount: Type.Integer({ description: 'Signed from the side of the user: negative when it took points' }),
      balance: points,
      counterparty: optionalText,
      rule: optionalText,
      reason: optionalText,
      time,
      recordedAt: time,
      catalogVersion: Type.Integer(),
    }),
  ),
  cursor: nextCursor,
});

export const AchievementsOut = Type.Object({
  achievements: Type.Array(
    Type.Object({
      id: text,
      name: text,
      progress: Type.Number(),
      tiers: Type.Array(Type.Object({ id: text, at: Type.Number(), unlockedAt: optionalText })),
    }),
  ),
});
