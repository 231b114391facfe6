import { ofExtreme } from './parts.ts';

export const min = ofExtreme('min', 'smallest', (amount, best) => amount < best);
