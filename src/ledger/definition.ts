import { type DocumentNode, type Faults, fields, isEmpty, oneOf, text } from '../kernel/document.ts';
import { named, NAME_SHAPE } from '../kernel/document-names.ts';
import type { Currency } from './model.ts';

/** `currencies:`, what users hold. */
export function parseCurrencies(faults: Faults, node: DocumentNode | undefined): ReadonlyMap<string, Currency> {
  const currencies = new Map<string, Currency>();
  for (const [code, definition] of named(faults, node, 'a mapping from currencies to their definition')) {
    const entries = isEmpty(definition)
      ? undefined
      : fields(faults, definition, ['name', 'overdraft'], 'a currency, as in { name: Points }');
    const name = entries?.get('name');
    const overdraft = entries?.get('overdraft');
    currencies.set(code, {
      code,
      name: (name === undefined ? undefined : text(faults, name, 'a name for people')) ?? code,
      overdraft: (overdraft === undefined ? undefined : oneOf(faults, overdraft, ['deny', 'allow'])) ?? 'deny',
    });
  }
  return currencies;
}

/** JSON Schema (draft 2020-12) of `currencies:`, for editors. */
export const currenciesSchema = {
  description: 'What users hold, by name. Amounts are whole numbers.',
  type: ['object', 'null'],
  propertyNames: { ...NAME_SHAPE },
  maxProperties: 1_000,
  additionalProperties: {
    description: 'A currency; nothing needs to be said about it.',
    type: ['object', 'null'],
    properties: {
      name: {
        description: 'Its name for people; what is left out is the name in the catalog.',
        type: 'string',
        pattern: '\\S',
        maxLength: 200,
      },
      overdraft: { description: 'Whether a balance may go below zero; deny is the default.', enum: ['deny', 'allow'] },
    },
    additionalProperties: false,
  },
} as const;
