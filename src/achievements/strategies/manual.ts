import { expected } from '../../kernel/document.ts';
import type { StrategyKind } from './strategy.ts';

/** Nothing unlocks it but whoever grants it: `manual: true`. */
export const manual: StrategyKind = {
  key: 'manual',
  otherKeys: [],
  misplaced: new Map([
    ['requires', 'whoever grants it decides'],
    ['repeatable', 'it is granted once'],
    ['within', 'nothing is counted for it'],
  ]),
  example: '{ id: hero, manual: true }',
  properties: { manual: { description: 'Unlocked only by whoever grants it.', const: true } },
  parse({ faults, value }) {
    if (value.kind !== 'scalar' || value.value !== true) return expected(faults, value, 'true');
    return {
      strategy: {
        kind: 'manual',
        description: 'granted by hand',
        metric: null,
        parts: [],
        window: null,
        own: null,
        progress: () => 0,
      },
      parts: [],
      done: 1,
      highest: null,
    };
  },
};
