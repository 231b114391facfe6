import { add, ofCurrency } from './parts.ts';

/** Awards less reversals. */
export const earned = ofCurrency('earned', 'What was ever awarded in a currency, less what was reversed.', add);
