import { type TProperties, Type } from 'typebox';
import { AwardOut, CausingEventOut, FactOut, RuleAtEventOut, sentences, UndoneOut, withheld } from './event-schemas.ts';
import { optionalText, points, text, time } from './schemas.ts';
import { TransferOut } from './user-schemas.ts';

const about = <A extends string, P extends TProperties>(subject: A, properties: P) =>
  Type.Object({ about: Type.Literal(subject), user: text, sentences, ...withheld, ...properties });

const maybeEvent = (description: string) => Type.Union([CausingEventOut, Type.Null()], { description });
const maybeTime = Type.Union([time, Type.Null()]);
const maybeNumber = Type.Union([Type.Number(), Type.Null()]);

const TransferWhyOut = about('transfer', {
  transfer: Type.Union([TransferOut, Type.Null()], { description: 'Null where it was refused' }),
  refusal: Type.Union([Type.Object({ code: text, message: text }), Type.Null()]),
  reversed: Type.Union([Type.Object({ transfer: text, at: time }), Type.Null()], { description: 'What takes it back' }),
  actor: { ...optionalText, description: 'The key that asked for it' },
  event: maybeEvent('What stood at the beginning'),
  because: Type.Array(FactOut, { description: 'What was announced between the event and the transfer' }),
  definition: { ...optionalText, description: 'What gave it, in the version of the catalog that decided' },
  award: Type.Union([AwardOut, Type.Null()]),
});

const RequirementOut = Type.Object({
  id: { ...optionalText, description: 'Null for one that is secret' },
  met: Type.Boolean(),
  sentence: optionalText,
});

const AchievementWhyOut = about('achievement', {
  achievement: Type.Object({ id: text, name: text, secret: Type.Boolean(), retired: Type.Boolean() }),
  definition: optionalText,
  progress: Type.Number(),
  metrics: Type.Array(text),
  countsSince: maybeTime,
  requires: Type.Array(RequirementOut),
  parts: Type.Array(RequirementOut, { description: 'Of one that is made of others: those' }),
  tiers: Type.Array(
    Type.Object({
      id: text,
      at: maybeNumber,
      unlockedAt: maybeTime,
      catalogVersion: Type.Union([Type.Integer(), Type.Null()]),
      event: maybeEvent('What unlocked it'),
      missing: maybeNumber,
      sentence: text,
    }),
  ),
});

const BoardWhyOut = about('board', {
  board: text,
  period: text,
  definition: text,
  metric: text,
  score: maybeNumber,
  reachedAt: maybeTime,
  rank: { ...maybeNumber, description: 'Null without a score, and for who is not ranked in spite of one' },
  total: Type.Integer(),
  closesAt: maybeTime,
  closed: Type.Boolean(),
  moves: Type.Array(
    Type.Object({
      event: CausingEventOut,
      by: { ...maybeNumber, description: 'What it brings to a metric that adds up' },
      value: { ...maybeNumber, description: 'What it brings to one that keeps the highest, lowest or last value' },
      state: { ...maybeNumber, description: 'What it led to, for metrics that show a state' },
      undone: UndoneOut,
    }),
    { description: 'The last events that moved the score, newest first' },
  ),
  late: Type.Array(CausingEventOut, { description: 'Events that came when the period was closed' }),
  others: Type.Array(Type.Object({ period: text, score: Type.Number() }), { description: 'Scores in other periods' }),
});

const dates = { first: text, last: text };

const StreakWhyOut = about('streak', {
  streak: text,
  every: text,
  definition: text,
  current: Type.Integer(),
  length: Type.Integer(),
  longest: Type.Integer(),
  today: text,
  zone: text,
  counted: Type.Boolean({ description: 'Whether this day, week or month counts already' }),
  keptUntil: Type.Union([time, Type.Null()], { description: 'Until when an event keeps it going; null where it is broken' }),
  freezes: { ...maybeNumber, description: 'Left as of now; null where the catalog has none' },
  restorable: Type.Union([Type.Object({ until: time, price: Type.Record(Type.String(), points) }), Type.Null()]),
  nextMilestone: maybeNumber,
  runs: Type.Array(Type.Object({ ...dates, length: Type.Integer() })),
  gaps: Type.Array(
    Type.Object({
      ...dates,
      missing: Type.Integer({ description: 'How much of it nothing covers' }),
      covered: Type.Integer(),
      bridged: Type.Union([Type.Boolean(), Type.Null()], {
        description: 'Whether the streak went on over it; null before the newest chain began',
      }),
    }),
  ),
  covers: Type.Array(Type.Object({ kind: text, ...dates })),
});

const RuleWhyOut = about('rule', {
  rule: text,
  definition: { ...optionalText, description: 'In the catalog in force' },
  events: Type.Array(RuleAtEventOut, { description: 'Newest first' }),
  truncated: Type.Boolean({ description: 'Whether older events were not looked through' }),
});

export const WhyOut = Type.Union([TransferWhyOut, AchievementWhyOut, BoardWhyOut, StreakWhyOut, RuleWhyOut], {
  description: 'What produced an effect, or why there was none',
});
