import { ofCurrency, replace } from './parts.ts';

/** What stands on the user's account. */
export const balance = ofCurrency('balance', 'The balance in a currency.', replace);
