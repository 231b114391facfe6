import { add, ofCurrency } from './parts.ts';

/** What the user gave for something. */
export const spent = ofCurrency('spent', 'What was ever spent in a currency.', add);
