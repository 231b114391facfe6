import type { Period } from '../kernel/period.ts';
import type { Board } from './model.ts';

/**
 * A board that nobody reads: it keeps what a metric counts in each period of the user's own calendar, for those who look
 * at it while an event is decided. It is never closed, so that a late event counts where it belongs. No name in a catalog
 * begins with `@`, and the key of the metric says which meaning of it the values are of.
 */
export function windowBoard(metric: { readonly name: string; readonly key: string }, period: Period): Board {
  return {
    id: `@${period}/${metric.name}`,
    key: `@${period}/${metric.key}`,
    metric: metric.name,
    period,
    order: 'desc',
    ties: 'first',
    zone: null,
    by: null,
    record: [],
    rewards: [],
    leagues: null,
  };
}

export function isWindow({ id }: Pick<Board, 'id'>): boolean {
  return id.charCodeAt(0) === AT;
}

const AT = 64;
