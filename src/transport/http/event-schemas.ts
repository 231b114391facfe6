import { Type } from 'typebox';
import { MAX_EVENTS } from '../../engine/index.ts';
import { MAX_ID } from '../../events/index.ts';
import { REFUSALS } from '../../kernel/refusals.ts';
import { anyObject, anything, optionalText, points, text, time } from './schemas.ts';

/** What events look like on the wire. `parseEvent` decides; these describe. */

const name = (description: string) => Type.String({ minLength: 1, maxLength: MAX_ID, description });

export const EventIn = Type.Object(
  {
    type: Type.String({ maxLength: 200, pattern: '^[a-z][a-z0-9_-]*(\\.[a-z][a-z0-9_-]*){0,15}$', description: 'What happened' }),
    user: name('To whom; an unknown user is created'),
    id: Type.Optional(
      name('Identity, with `source`, for ever; a repeat gets the first answer. Given by Diana where it is missing'),
    ),
    source: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_ID, default: 'default' })),
    time: Type.Optional(
      Type.String({ format: 'date-time', description: 'When; now where it is missing. At most five minutes ahead' }),
    ),
    data: Type.Optional(anyObject),
    correlationId: Type.Optional(name('Told again with everything that this event causes')),
    causationId: Type.Optional(name('Id of the event that caused this one, of whatever service')),
  },
  { additionalProperties: false, description: 'An event, at most 256 kB' },
);

export const EventsIn = Type.Union([EventIn, Type.Array(EventIn, { minItems: 1, maxItems: MAX_EVENTS })]);

/** Other context attributes may be there and are not kept. */
export const CloudEventIn = Type.Object(
  {
    specversion: Type.Literal('1.0'),
    id: name('`id` of the event'),
    source: name('`source` of the event'),
    type: EventIn.properties.type,
    subject: name('`user` of the event'),
    time: EventIn.properties.time,
    datacontenttype: Type.Optional(Type.String({ description: 'JSON, where it is told' })),
    data: EventIn.properties.data,
    correlationid: EventIn.properties.correlationId,
    causationid: EventIn.properties.causationId,
  },
  { additionalProperties: true, description: 'CloudEvents 1.0' },
);

export const CloudEventBatchIn = Type.Array(CloudEventIn, { minItems: 1, maxItems: MAX_EVENTS });

const reason = Type.Optional(
  Type.String({ description: 'Why, by the catalog that decided it; only when the event is asked about' }),
);

export const AwardOut = Type.Object({
  transfer: optionalText,
  rule: Type.String({ description: 'The rule; `achievement:<id>:<tier>` for the reward of an achievement' }),
  currency: text,
  base: Type.Number(),
  multipliers: Type.Array(
    Type.Object({
      id: text,
      factor: Type.Number(),
      length: Type.Optional(Type.Integer({ description: 'Days of the streak that gave the factor' })),
      reason,
    }),
  ),
  limits: Type.Optional(
    Type.Array(
      Type.Object({ used: Type.Integer(), max: Type.Integer(), per: Type.Optional(text), within: Type.Optional(text) }),
      { description: 'How far each limit of the rule is used, this award included' },
    ),
  ),
  capped: Type.Optional(
    Type.Object(
      { max: Type.Integer(), per: text, used: Type.Integer() },
      { description: 'The cap of the currency that it was cut to, this award included' },
    ),
  ),
  amount: points,
  balance: points,
  reason,
  arithmetic: Type.Optional(
    Type.String({ description: 'From the base to the amount, in one line; only where a rule is asked about' }),
  ),
});

export const CausingEventOut = Type.Object({
  id: Type.String({ description: '`evt_<position>` for what Diana announced' }),
  source: optionalText,
  type: text,
  time,
  recordedAt: time,
  localDay: optionalText,
  data: Type.Union([anyObject, Type.Null()]),
  correlationId: optionalText,
  position: Type.Integer(),
  catalogVersion: Type.Integer(),
});

export const FactOut = Type.Object({ id: text, type: text, data: anyObject });

/** Nobody is in an experiment or watched for abuse yet; the fields are there for those who will ask. */
export const withheld = {
  arm: Type.Null({ description: 'The arm of an experiment that the user was in' }),
  verdict: Type.Null({ description: 'What the watch for abuse said' }),
};

export const UndoneOut = Type.Union([Type.Object({ at: time, position: Type.Integer() }), Type.Null()], {
  description: 'When the event was taken back with all that it caused; null where it was not',
});

export const RuleAtEventOut = Type.Object(
  {
    rule: text,
    outcome: Type.Enum([
      'fired',
      'not_matched',
      'limit_reached',
      'condition_failed',
      'too_many_causes',
      'not_listening',
      'unknown_rule',
      'refused',
      'erased',
      'unknown',
    ]),
    event: Type.Union([CausingEventOut, Type.Null()], { description: 'Null where it was refused or erased' }),
    heard: Type.Union([FactOut, Type.Null()], { description: 'What the rule heard, where the event brought that about' }),
    definition: { ...optionalText, description: 'The rule in the version of the catalog that decided' },
    awards: Type.Array(AwardOut),
    transfers: Type.Array(Type.Object({ transfer: text, currency: text, amount: points })),
    limits: Type.Array(
      Type.Object({ used: Type.Integer(), max: Type.Integer(), per: Type.Optional(text), within: Type.Optional(text) }),
      { description: 'How far each limit was used; where the rule gave nothing, as counted until now' },
    ),
    parts: Type.Array(
      Type.Object({
        source: text,
        value: Type.Union([Type.Boolean(), Type.Null()], { description: 'Null where it has no value' }),
        reason: Type.Optional(Type.String({ description: 'Why it has none' })),
        reads: Type.Array(Type.Object({ source: text, value: Type.Optional(anything) })),
      }),
      { description: 'The parts of a condition that was not met, evaluated again' },
    ),
    changeable: Type.Array(text, { description: 'What of the condition is read as of today' }),
    undone: UndoneOut,
    sentence: text,
  },
  { description: 'What one rule made of one event' },
);

export const sentences = Type.Array(text, { description: 'The answer in plain words' });

const AcceptedOut = Type.Object({
  id: text,
  status: Type.Enum(['accepted', 'duplicate']),
  awards: Type.Array(AwardOut),
  adjustments: Type.Optional(Type.Array(AwardOut, { description: 'Of adjusting rules; signed' })),
  achievements: Type.Array(
    Type.Object({
      id: text,
      tier: text,
      times: Type.Optional(Type.Integer({ description: 'How often by now; there for what is repeatable' })),
    }),
  ),
  streaks: Type.Array(Type.Object({ id: text, length: Type.Integer() })),
  level: Type.Integer(),
  skipped: Type.Array(
    Type.Object({
      rule: Type.Optional(text),
      metric: Type.Optional(text),
      streak: Type.Optional(text),
      board: Type.Optional(text),
      achievement: Type.Optional(text),
      code: Type.Enum(['limit_reached', 'condition_failed', 'period_closed', 'too_many_causes']),
      message: Type.Optional(text),
    }),
  ),
  position: Type.Integer({ description: 'Place in the log; reads with `?after=` wait for it' }),
  catalogVersion: Type.Integer(),
});

const RefusedOut = Type.Object({
  id: optionalText,
  status: Type.Literal('refused'),
  code: Type.Enum(Object.keys(REFUSALS)),
  message: text,
  path: Type.Optional(text),
  retryable: Type.Boolean(),
});

export const EventResultOut = Type.Union([AcceptedOut, RefusedOut]);

export const EventResultsOut = Type.Object(
  { results: Type.Array(EventResultOut) },
  { description: 'One result for each event, in order' },
);

export const EventReportOut = Type.Object(
  {
    id: text,
    source: text,
    type: optionalText,
    user: optionalText,
    time: Type.Union([time, Type.Null()]),
    recordedAt: Type.Union([time, Type.Null()]),
    localDay: optionalText,
    data: Type.Union([anyObject, Type.Null()]),
    correlationId: optionalText,
    outcome: EventResultOut,
    facts: Type.Array(FactOut),
    rules: Type.Array(RuleAtEventOut, { description: 'What each rule that hears of it made of it' }),
    undone: UndoneOut,
    sentences,
    ...withheld,
  },
  { description: 'The event, its outcome, and what was announced because of it' },
);
