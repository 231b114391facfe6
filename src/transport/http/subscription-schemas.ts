import { Type } from 'typebox';
import { MAX_REASON, MAX_USER, optionalText, text, time } from './schemas.ts';

/** What the bus parses itself is described here and checked there. */

const optionalTime = (description: string) => ({ ...optionalText, description: `${description}; RFC 3339` });
const count = (description: string) => Type.Integer({ description });

export const SubscriptionParams = Type.Object({ name: Type.String({ minLength: 1, maxLength: MAX_USER }) });

/** May be left out as a whole. */
export const ReasonIn = Type.Object(
  {
    reason: Type.Optional(
      Type.String({ minLength: 1, maxLength: MAX_REASON, description: 'Why; kept in the audit log for ever' }),
    ),
  },
  { additionalProperties: false },
);

const types = Type.Array(text, {
  minItems: 1,
  maxItems: 100,
  description: 'Patterns over event types, such as `game.*`; `*` is everything',
});
const filter = {
  ...optionalText,
  description: 'A condition in CEL on `event.type`, `event.source`, `event.user`, `event.data` and `event.time`',
};
const kind = Type.Union([Type.Literal('webhook'), Type.Literal('redis')]);
const start = (description: string) => Type.Union([Type.Integer({ minimum: 0 }), Type.String()], { description });

const settings = {
  url: Type.String({ description: 'Of a webhook: where events are posted to' }),
  order: Type.Union([Type.Literal('user'), Type.Literal('none')], {
    description: '`user`: a failing event holds back the later ones of its user. `none`: it does not, and may come after them',
  }),
  concurrency: Type.Integer({ minimum: 1, maximum: 100, description: 'Most deliveries under way at once, each of another user' }),
  timeout: Type.Integer({ minimum: 10, maximum: 300_000, description: 'For one attempt, in milliseconds' }),
  drainRate: Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    description: 'Events a second while a backlog is worked off beside live ones; 0: as fast as they are taken',
  }),
  retry: Type.Object(
    {
      attempts: Type.Integer({
        minimum: 1,
        maximum: 100,
        description: 'In all, the first one included; then it is a dead letter',
      }),
      base: Type.Integer({
        minimum: 1,
        maximum: 3_600_000,
        description: 'In milliseconds: the n-th pause is drawn from 0 to min(cap, base · 2^(n−1))',
      }),
      cap: Type.Integer({ minimum: 1, maximum: 86_400_000, description: 'Longest pause, in milliseconds' }),
    },
    { description: 'What is left out takes the default of the kind' },
  ),
  breaker: Type.Object(
    {
      threshold: Type.Integer({
        minimum: 1,
        maximum: 10_000,
        description: 'It opens when so many different events failed within the window, and at least as many as did not',
      }),
      window: Type.Integer({ minimum: 100, maximum: 3_600_000, description: 'In milliseconds' }),
      coolDown: Type.Integer({
        minimum: 10,
        maximum: 3_600_000,
        description: 'How long it stays open before a probe, in milliseconds',
      }),
      probes: Type.Integer({ minimum: 1, maximum: 100, description: 'Probes in a row that have to succeed before it closes' }),
    },
    { description: 'What is left out takes the default of the kind' },
  ),
  retain: Type.Integer({ minimum: 1_000, maximum: 100_000_000, description: 'Of a Redis relay: entries kept in all' }),
};

const changeable = { types, filter, ...settings };
const relay = {
  stream: Type.String({ description: 'Of a Redis relay: prefix of the keys of its streams' }),
  partitions: Type.Integer({ minimum: 1, maximum: 1_024, description: 'Of a Redis relay: number of its streams' }),
};

export const SubscriptionIn = Type.Object(
  {
    ...Type.Partial(Type.Object({ ...changeable, ...relay })).properties,
    name: Type.String({ pattern: '^[a-z][a-z0-9_-]{0,63}$' }),
    types,
    kind: Type.Optional({ ...kind, description: 'Default: `webhook` where there is a `url`' }),
    from: Type.Optional(start('`now` (default), `beginning`, a position of the log, or an RFC 3339 time')),
    secret: Type.Optional(
      Type.String({ description: 'Of a webhook: `whsec_` and base64 of 24 to 64 bytes. Left out, one is made and told once' }),
    ),
  },
  { additionalProperties: false },
);

export const SubscriptionChangeIn = Type.Partial(Type.Object(changeable, { additionalProperties: false }));

const HealthOut = Type.Object({
  status: Type.Union(
    ['ok', 'idle', 'held', 'paused', 'disabled', 'history_regressed'].map((one) => Type.Literal(one)),
    {
      description:
        '`idle`: no process delivers it at the moment. `held`: its breaker is not closed, or its receiver asked for a pause',
    },
  ),
  position: count('Everything up to here was delivered, or waits on record'),
  lag: Type.Object({
    events: count('Positions of the log that it has not looked at'),
    seconds: Type.Number({ description: 'How long ago the first of them was recorded' }),
  }),
  rate: Type.Union([Type.Number(), Type.Null()], {
    description: 'Events a second that the process asked delivered lately; null where it does not deliver this',
  }),
  delivered: Type.Integer(),
  failed: count('Attempts that failed'),
  lastDeliveredAt: optionalTime('Null before the first'),
  waiting: count('Deliveries on record that wait for another attempt, or behind one'),
  deadLetters: Type.Integer(),
  breaker: Type.Object({
    state: Type.Union([Type.Literal('closed'), Type.Literal('open'), Type.Literal('half_open')]),
    since: optionalTime('When it opened'),
    until: optionalTime('When the next probe may go'),
    reason: optionalText,
  }),
  backlog: Type.Union([Type.Object({ from: Type.Integer(), position: Type.Integer(), to: Type.Integer() }), Type.Null()], {
    description: 'While a backlog is worked off beside live events: where it began, has come, and ends',
  }),
});

export const SubscriptionOut = Type.Object({
  name: text,
  kind: Type.Union([Type.Literal('handler'), Type.Literal('webhook'), Type.Literal('redis')]),
  types,
  filter,
  state: Type.Union([Type.Literal('active'), Type.Literal('paused'), Type.Literal('disabled')]),
  reason: { ...optionalText, description: 'Why it is not active' },
  settings: Type.Partial(
    Type.Object({
      ...settings,
      ...relay,
      transaction: Type.Union([Type.Literal('batch'), Type.Literal('each')], {
        description: 'Of a handler: whether events share a transaction',
      }),
    }),
    { description: 'Those that its kind goes by' },
  ),
  secrets: Type.Optional(
    Type.Array(Type.Object({ until: optionalTime('Null for the one in use, else when it ends') }), {
      description: 'Of a webhook; the secrets themselves are never told again',
    }),
  ),
  createdAt: time,
  createdBy: text,
  health: HealthOut,
});

export const CreatedOut = Type.Object({
  subscription: SubscriptionOut,
  secret: { ...optionalText, description: 'Of a webhook: told here and never again' },
});

export const ReplayIn = Type.Object(
  {
    from: start('`beginning`, a position of the log, behind which it begins, or an RFC 3339 time'),
    dryRun: Type.Optional(Type.Boolean({ description: 'Only count' })),
    into: Type.Optional(Type.String({ description: 'Name of a new subscription that gets them, beside this one' })),
    url: Type.Optional(Type.String({ description: 'Of the new webhook; default: the same' })),
    stream: Type.Optional(Type.String({ description: 'Prefix of the new streams; default: the new name' })),
  },
  { additionalProperties: false },
);

export const ReplayOut = Type.Object({
  subscription: { ...text, description: 'The one that gets them' },
  from: count('Position behind which it begins'),
  to: count('Position of the last one'),
  events: count('Matching events between the two; before the filter, which looks into each'),
  types: Type.Record(Type.String(), Type.Integer(), { description: 'The same by type' }),
  dryRun: Type.Boolean(),
});

const TryOut = Type.Object({
  at: time,
  error: text,
  status: Type.Optional(count('Of HTTP, where there was an answer')),
});

export const DeadLetterOut = Type.Object({
  id: { ...text, description: '`<subscription>:<position>`' },
  subscription: text,
  event: Type.Object({
    id: text,
    type: text,
    position: Type.Integer(),
    account: optionalText,
    user: Type.Optional({ ...optionalText, description: 'Told when a single one is asked for; null once erased' }),
    data: Type.Optional(Type.Unknown()),
    correlationId: optionalText,
  }),
  attempts: Type.Integer(),
  tries: Type.Array(TryOut, { description: 'Oldest first' }),
  diedAt: time,
});

const selection = {
  ids: Type.Optional(Type.Array(text, { minItems: 1, maxItems: 1_000 })),
  subscription: Type.Optional(text),
  type: Type.Optional(text),
  user: Type.Optional(text),
  correlationId: Type.Optional(text),
  all: Type.Optional(Type.Literal(true, { description: 'Where nothing else says which' })),
};

export const RedriveIn = Type.Object(
  {
    ...selection,
    rate: Type.Optional(Type.Number({ description: 'Deliveries a second that they are spread over; default 100' })),
  },
  { additionalProperties: false },
);

export const DiscardIn = Type.Object(
  {
    ...selection,
    reason: Type.String({ minLength: 1, maxLength: MAX_REASON, description: 'Why; kept in the audit log for ever' }),
  },
  { additionalProperties: false },
);

export const overlapSeconds = Type.Integer({
  minimum: 0,
  maximum: 2_592_000,
  description: 'How long the secret before signs too, in seconds; default a day',
});
