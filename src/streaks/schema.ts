import { NAME_SHAPE } from '../kernel/document-names.ts';
import { MAX_POINTS } from '../kernel/points.ts';
import { MAX_FREEZES, MAX_LENGTH } from './definition-parts.ts';
import { EVERY } from './units.ts';

const DURATION = '^[1-9][0-9]{0,8}[smhd]$';

const amounts = (description: string) =>
  ({
    description,
    type: 'object',
    minProperties: 1,
    additionalProperties: { type: 'integer', minimum: 1, maximum: MAX_POINTS },
  }) as const;

/** JSON Schema (draft 2020-12) of `streaks:`, for editors; the catalog's own check says more. */
export const streaksSchema = {
  description: 'Streaks: how many days, weeks or months in a row something happened, for each user. By name.',
  type: ['object', 'null'],
  propertyNames: { ...NAME_SHAPE },
  maxProperties: 1_000,
  additionalProperties: {
    description: "A streak: days, weeks or months of the user's own calendar in a row, each with a matching event.",
    type: 'object',
    properties: {
      on: {
        description: 'Events that keep it going: a type such as code.commit, or a pattern such as code.*',
        type: 'string',
        minLength: 1,
        maxLength: 1_000,
      },
      every: {
        description: "Span in which there has to be one such event: a day, an ISO week or a month of the user's own calendar.",
        enum: EVERY,
      },
      when: {
        description: "Condition in CEL that such an event has to meet, such as 'event.data.files > 0'. Metrics are not seen.",
        type: 'string',
        minLength: 1,
      },
      grace: {
        description:
          'An event within this time of a day keeps the day before, where that is missing: 3h, at most 12h. Days only.',
        type: 'string',
        pattern: DURATION,
      },
      freezes: {
        description: 'Units without an event that do not break it. They are used by themselves, one for each unit.',
        type: 'object',
        properties: {
          start: { description: 'That it begins with; none by default.', type: 'integer', minimum: 0, maximum: MAX_FREEZES },
          every: { description: 'One more after so many kept units.', type: 'integer', minimum: 1, maximum: MAX_LENGTH },
          max: { description: 'Most that there are at once.', type: 'integer', minimum: 1, maximum: MAX_FREEZES },
        },
        required: ['every', 'max'],
        additionalProperties: false,
      },
      restore: {
        description: 'Lets a broken streak be restored.',
        type: 'object',
        properties: {
          within: { description: 'Time from the break: 12h, 3d, at most 90d.', type: 'string', pattern: DURATION },
          price: amounts('Points that it costs, by currency; nothing by default.'),
        },
        required: ['within'],
        additionalProperties: false,
      },
      milestones: {
        description: 'Lengths that are announced, and paid, once for ever; ascending.',
        type: 'array',
        minItems: 1,
        maxItems: 1_000,
        items: {
          type: 'object',
          properties: {
            at: { description: 'Length of the streak.', type: 'integer', minimum: 1, maximum: MAX_LENGTH },
            award: amounts('Points for reaching it, by currency.'),
          },
          required: ['at'],
          additionalProperties: false,
        },
      },
    },
    required: ['on', 'every'],
    additionalProperties: false,
  },
} as const;
