import { type DocumentNode, type Faults, fields, isEmpty, oneOf, text } from '../kernel/document.ts';
import { named, NAME_SHAPE } from '../kernel/document-names.ts';
import { amountLimitsSchema, parseAmountLimits } from './definition-amounts.ts';
import { expirySchema, parseExpiry } from './definition-expiry.ts';
import { ADJUSTMENTS, type Currency, REVERSALS } from './model.ts';

const KEYS = ['name', 'overdraft', 'adjust', 'reversal', 'expires', 'transfers', 'cap'];

/** `currencies:`, what users hold. */
export function parseCurrencies(faults: Faults, node: DocumentNode | undefined): ReadonlyMap<string, Currency> {
  const currencies = new Map<string, Currency>();
  for (const [code, definition] of named(faults, node, 'a mapping from currencies to their definition')) {
    const entries = isEmpty(definition) ? undefined : fields(faults, definition, KEYS, 'a currency, as in { name: Points }');
    currencies.set(code, parseCurrency(faults, code, entries ?? NOTHING));
  }
  return currencies;
}

const NOTHING: ReadonlyMap<string, DocumentNode> = new Map<string, DocumentNode>();

function parseCurrency(faults: Faults, code: string, entries: ReadonlyMap<string, DocumentNode>): Currency {
  const name = entries.get('name');
  const written = entries.get('overdraft');
  const adjust = entries.get('adjust');
  const reversal = entries.get('reversal');
  const overdraft = (written === undefined ? undefined : oneOf(faults, written, ['deny', 'allow'])) ?? 'deny';
  return {
    code,
    name: (name === undefined ? undefined : text(faults, name, 'a name for people')) ?? code,
    overdraft,
    adjust:
      (adjust === undefined ? undefined : oneOf(faults, adjust, ADJUSTMENTS)) ?? (overdraft === 'allow' ? 'allow' : 'refuse'),
    reversal:
      (reversal === undefined ? undefined : oneOf(faults, reversal, REVERSALS)) ?? (overdraft === 'allow' ? 'debt' : 'refuse'),
    expires: parseExpiry(faults, entries.get('expires')),
    transfers: parseAmountLimits(faults, entries.get('transfers'), 'a limit on transfers'),
    cap: parseAmountLimits(faults, entries.get('cap'), 'a cap on awards'),
  };
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
      adjust: {
        description:
          'What becomes of an adjustment that takes more than there is: it is refused, takes what there is, or leaves a debt. refuse is the default, allow where overdraft is allowed.',
        enum: ADJUSTMENTS,
      },
      reversal: {
        description:
          'What becomes of a reversal whose points are spent already: it is refused, takes what there is (clamp), or leaves a debt. refuse is the default, debt where overdraft is allowed.',
        enum: REVERSALS,
      },
      expires: expirySchema,
      transfers: amountLimitsSchema('How much one user may send to others: one limit, or a list of which all hold.'),
      cap: amountLimitsSchema('How much rules award one user; what goes beyond is cut. One cap, or a list of which all hold.'),
    },
    additionalProperties: false,
  },
} as const;
