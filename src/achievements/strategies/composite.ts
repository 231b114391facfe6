import { report } from '../../kernel/document.ts';
import { referenceText, requirementsAt } from '../requirements.ts';
import type { StrategyKind } from './strategy.ts';

/** Progress is how many of other achievements are unlocked: all of them, or any of them, unless tiers say how many. */
function composite(key: 'all' | 'any', description: string): StrategyKind {
  const example = `{ id: all-rounder, ${key}: [committer, reviewer.gold] }`;
  return {
    key,
    otherKeys: [],
    misplaced: new Map([
      ['repeatable', 'what it is made of is unlocked once'],
      ['within', 'what it is made of may have a period of its own'],
    ]),
    example,
    properties: { [key]: { description, type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } } },
    parse({ faults, value }) {
      const parts = requirementsAt(faults, value);
      if (value.kind !== 'list') return undefined;
      if (value.items.length === 0) return report(faults, value, `expected at least one achievement, as in ${example}`);
      const names = parts.map(({ requirement }) => referenceText(requirement));
      for (const [place, { node }] of parts.entries()) {
        const name = names[place] ?? '';
        if (names.indexOf(name) < place) report(faults, node, `"${name}" is there twice`);
      }
      const requirements = parts.map(({ requirement }) => requirement);
      return {
        strategy: {
          kind: 'composite',
          description: `${key} of ${names.join(' ')}`,
          metric: null,
          parts: requirements,
          window: null,
          own: null,
          progress: (view) => requirements.reduce((count, part) => (view.isUnlocked(part) ? count + 1 : count), 0),
        },
        parts,
        done: key === 'all' ? parts.length : 1,
        highest: { value: parts.length, why: `it is made of ${parts.length}` },
      };
    },
  };
}

export const all = composite(
  'all',
  'Other achievements, by id or up to a tier, as in committer.gold; all of them, unless tiers say how many.',
);
export const any = composite(
  'any',
  'Other achievements, by id or up to a tier, as in committer.gold; any of them, unless tiers say how many.',
);
