import { type DocumentNode, type Faults, oneOf, report, required, text } from '../kernel/document.ts';
import { identified, reference, NAME_SHAPE } from '../kernel/document-names.ts';
import { isZone } from '../kernel/time.ts';
import { leaguesSchema, parseLeagues } from './definition-leagues.ts';
import { parsePeriod, periodSchema } from './definition-period.ts';
import { parseRewards, rewardsSchema } from './definition-rewards.ts';
import type { Board } from './model.ts';

const ORDERS = ['desc', 'asc'] as const;
const TIES = ['first', 'shared', 'dense'] as const;

/** What else the catalog declares. */
export interface BoardContext {
  readonly metrics: readonly string[];
  readonly currencies: readonly string[];
  /** Zone of the catalog: cron patterns and seasons need one. */
  readonly timezone: string;
}

/** `boards:`, rankings of users by a metric within a period. */
export function parseBoards(faults: Faults, node: DocumentNode | undefined, context: BoardContext): readonly Board[] {
  const keys = ['id', 'metric', 'period', 'order', 'ties', 'zone', 'rewards', 'leagues'];
  return identified(faults, node, keys, 'board').map(({ id, node: board, entries }) => {
    const metric = required(faults, board, entries, 'metric');
    const optional = <T extends string>(key: string, choices: readonly T[], fallback: T): T => {
      const entry = entries.get(key);
      return (entry === undefined ? undefined : oneOf(faults, entry, choices)) ?? fallback;
    };
    const given = zone(faults, entries.get('zone'));
    const period = parsePeriod(faults, entries.get('period'), given ?? context.timezone);
    return {
      id,
      key: id,
      metric: (metric === undefined ? undefined : reference(faults, metric, 'metric', context.metrics)) ?? '',
      period,
      order: optional('order', ORDERS, 'desc'),
      ties: optional('ties', TIES, 'first'),
      zone: typeof period === 'string' ? given : (given ?? context.timezone),
      rewards: parseRewards(faults, entries.get('rewards'), { period, currencies: context.currencies }),
      leagues: parseLeagues(faults, entries.get('leagues'), period),
    };
  });
}

function zone(faults: Faults, node: DocumentNode | undefined): string | null {
  if (node === undefined) return null;
  const given = text(faults, node, 'an IANA time zone, such as Europe/Berlin');
  if (given === undefined) return null;
  if (!isZone(given)) report(faults, node, `unknown time zone "${given}": expected an IANA name, such as Europe/Berlin`);
  return given;
}

/** JSON Schema (draft 2020-12) of `boards:`, for editors. */
export const boardsSchema = {
  description: 'Rankings of users by a metric within a period.',
  type: ['array', 'null'],
  maxItems: 1_000,
  items: {
    description: 'A board. An id that is there before keeps its scores while metric, period and zone stay.',
    type: 'object',
    properties: {
      id: { description: 'Its name in the API.', type: 'string', ...NAME_SHAPE },
      metric: { description: 'Name of the metric whose value, within the period, is the score.', type: 'string' },
      period: periodSchema,
      order: { description: 'Which scores lead: the highest (desc, the default) or the lowest (asc).', enum: ORDERS },
      ties: {
        description: 'Equal scores: who was there first leads (first, the default), 1, 1, 3 (shared) or 1, 1, 2 (dense).',
        enum: TIES,
      },
      zone: {
        description:
          'IANA time zone whose calendar cuts the periods, such as Europe/Madrid. Without it each event counts in the local day of its user; cron patterns and seasons go by the zone of the catalog.',
        type: 'string',
        pattern: '\\S',
        maxLength: 200,
      },
      rewards: rewardsSchema,
      leagues: leaguesSchema,
    },
    required: ['id', 'metric'],
    additionalProperties: false,
  },
} as const;
