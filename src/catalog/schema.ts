import { achievementsSchema } from '../achievements/index.ts';
import { boardsSchema } from '../boards/index.ts';
import { eventsSchema } from '../events/index.ts';
import { flowsSchema } from '../flows/index.ts';
import { currenciesSchema } from '../ledger/index.ts';
import { levelsSchema } from '../levels/index.ts';
import { metricsSchema } from '../metrics/index.ts';
import { multipliersSchema, rulesSchema } from '../rules/index.ts';
import { streaksSchema } from '../streaks/index.ts';
import { undoSchema } from './undo.ts';

/**
 * JSON Schema of the catalog (draft 2020-12), by which editors complete and check. It knows the shape; what refers to
 * other parts of the file, and what is inside of expressions, only `parseCatalog` checks.
 */
export function catalogSchema(): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Diana catalog',
    description: 'The economy: what is declared, counted, given and ranked.',
    type: 'object',
    properties: {
      diana: { description: 'Version of the format.', const: 1 },
      name: { description: 'A name for people.', type: 'string', pattern: '\\S', maxLength: 200 },
      timezone: {
        description: 'IANA time zone for events and users that tell none, such as Europe/Madrid; UTC is the default.',
        type: 'string',
        pattern: '\\S',
        maxLength: 200,
      },
      rounding: {
        description: 'How an amount with a fraction becomes whole; floor is the default.',
        enum: ['floor', 'half_even', 'ceil'],
      },
      strictEvents: {
        description: 'Whether events of types that are not declared are refused; false is the default.',
        type: 'boolean',
      },
      currencies: currenciesSchema,
      events: eventsSchema,
      metrics: metricsSchema,
      streaks: streaksSchema,
      levels: levelsSchema,
      multipliers: multipliersSchema,
      rules: rulesSchema,
      achievements: achievementsSchema,
      boards: boardsSchema,
      flows: flowsSchema,
      undo: undoSchema,
    },
    required: ['diana'],
    additionalProperties: false,
  };
}
