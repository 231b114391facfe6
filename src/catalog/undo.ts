import { type DocumentNode, type Faults, fields, isEmpty, oneOf } from '../kernel/document.ts';
import type { UndoSettings } from './model.ts';

const ACHIEVEMENTS = ['revoke', 'keep'] as const;
const LEVELS = ['lower', 'keep'] as const;

/** `undo:`, what stays when something is undone. Everything goes unless it says otherwise. */
export function parseUndo(faults: Faults, node: DocumentNode | undefined): UndoSettings {
  const entries =
    node === undefined || isEmpty(node)
      ? undefined
      : fields(faults, node, ['achievements', 'levels'], 'what stays when something is undone, as in { achievements: keep }');
  const achievements = entries?.get('achievements');
  const levels = entries?.get('levels');
  return {
    achievements: (achievements === undefined ? undefined : oneOf(faults, achievements, ACHIEVEMENTS)) ?? 'revoke',
    levels: (levels === undefined ? undefined : oneOf(faults, levels, LEVELS)) ?? 'lower',
  };
}

/** JSON Schema (draft 2020-12) of `undo:`, for editors. */
export const undoSchema = {
  description: 'What stays when an event or a transfer is undone.',
  type: ['object', 'null'],
  properties: {
    achievements: {
      description: 'Tiers that are no longer reached: revoked with their rewards (revoke, the default), or kept with them.',
      enum: ACHIEVEMENTS,
    },
    levels: { description: 'The level: it follows its metric down (lower, the default), or is kept.', enum: LEVELS },
  },
  additionalProperties: false,
} as const;
