import type { Catalog } from './model.ts';

/** What is in force before anybody applied a catalog: every event is taken, nothing is earned. */
export const EMPTY_CATALOG: Catalog = {
  name: 'empty',
  timezone: 'UTC',
  rounding: 'floor',
  strictEvents: false,
  currencies: new Map(),
  events: new Map(),
  metrics: [],
  streaks: [],
  levels: null,
  multipliers: [],
  rules: [],
  achievements: [],
  boards: [],
  flows: [],
  undo: { achievements: 'revoke', levels: 'lower' },
};
