import type { FieldType } from '../kernel/conditions/index.ts';
import { compilePattern, isWildcard } from '../kernel/pattern.ts';

/**
 * The types that Diana announces itself. Nobody posts them, and a pattern with `*` in rules and metrics does
 * not match them: whoever wants to listen names one.
 */
export const RESERVED_TYPES = [
  'points.awarded',
  'points.spent',
  'points.adjusted',
  'points.reversed',
  'points.transferred',
  'points.expired',
  'points.expiring',
  'points.held',
  'points.captured',
  'points.released',
  'boost.granted',
  'boost.ended',
  'achievement.unlocked',
  'achievement.revoked',
  'level.reached',
  'streak.extended',
  'streak.broken',
  'streak.frozen',
  'streak.paused',
  'streak.restored',
  'streak.milestone',
  'board.placed',
  'board.closed',
  'league.moved',
  'event.undone',
  'transfer.reversed',
  'metrics.backfilled',
  'abuse.detected',
  'user.created',
  'user.updated',
  'user.erased',
  'personality.detected',
  'catalog.applied',
  'flow.overdue',
  'flow.failed',
  'system.error',
] as const;

const POINTS = {
  transfer: 'string',
  rule: 'string',
  kind: 'string',
  currency: 'string',
  amount: 'integer',
  balance: 'integer',
} as const;

/** Fields of what Diana announces, for those who listen to it by name; types that are not here say nothing yet. */
export const RESERVED_FIELDS: Readonly<Partial<Record<(typeof RESERVED_TYPES)[number], Readonly<Record<string, FieldType>>>>> = {
  'points.awarded': POINTS,
  'points.spent': POINTS,
  'points.adjusted': POINTS,
  'points.transferred': { ...POINTS, direction: 'string' },
  'points.reversed': { ...POINTS, reverses: 'string' },
  'points.expired': POINTS,
  'points.expiring': { currency: 'string', amount: 'integer', on: 'string' },
  'boost.granted': { boost: 'string', factor: 'number' },
  'boost.ended': { boost: 'string', factor: 'number' },
  'points.held': { ...POINTS, hold: 'string' },
  'points.captured': { ...POINTS, hold: 'string' },
  'points.released': { ...POINTS, hold: 'string' },
  'achievement.unlocked': { achievement: 'string', tier: 'string', times: 'integer', period: 'string', granted: 'boolean' },
  'achievement.revoked': { achievement: 'string', tier: 'string', reason: 'string' },
  'level.reached': { level: 'integer', from: 'integer' },
  'streak.extended': { streak: 'string', length: 'integer' },
  'streak.broken': { streak: 'string', length: 'integer' },
  'streak.frozen': { streak: 'string', length: 'integer', freezes: 'integer', date: 'string' },
  'streak.paused': { streak: 'string', from: 'string' },
  'streak.restored': { streak: 'string', length: 'integer', reason: 'string' },
  'streak.milestone': { streak: 'string', at: 'integer' },
  'board.placed': { board: 'string', period: 'string', rank: 'integer', score: 'number' },
  'league.moved': { board: 'string', period: 'string', from: 'string', to: 'string', rank: 'integer' },
  'user.created': {},
};

/** Every type that begins with one of these, too. */
export const RESERVED_FAMILIES = ['story', 'onboarding', 'experiment', 'feedback', 'model'] as const;

const TYPES: ReadonlySet<string> = new Set(RESERVED_TYPES);
const FAMILIES: ReadonlySet<string> = new Set(RESERVED_FAMILIES);

export function isReserved(type: string): boolean {
  if (TYPES.has(type)) return true;
  const dot = type.indexOf('.');
  return dot > 0 && FAMILIES.has(type.slice(0, dot));
}

/** A matcher for a valid `on` pattern of a rule or a metric. */
export function compileListener(pattern: string): (type: string) => boolean {
  const matches = compilePattern(pattern);
  return isWildcard(pattern) ? (type) => matches(type) && !isReserved(type) : matches;
}
