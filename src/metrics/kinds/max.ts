import { ofExtreme } from './parts.ts';

export const max = ofExtreme('max', 'largest', (amount, best) => amount > best);
