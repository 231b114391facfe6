import type { Declarations } from '../kernel/conditions/index.ts';
import { type DocumentNode, type Faults, oneOf, report, required, text } from '../kernel/document.ts';
import { identified, named, reference, NAME_SHAPE } from '../kernel/document-names.ts';
import { singleAt } from '../kernel/expression-node.ts';
import { isZone } from '../kernel/time.ts';
import { leaguesSchema, parseLeagues } from './definition-leagues.ts';
import { parsePeriod, periodSchema } from './definition-period.ts';
import { parseRewards, rewardsSchema } from './definition-rewards.ts';
import { type Board, MAX_SEGMENT, type RecordField } from './model.ts';

const ORDERS = ['desc', 'asc'] as const;
const TIES = ['first', 'shared', 'dense'] as const;

/** What is kept with a score is shown with each entry of a page. */
const MAX_RECORD = 8;

/** What else the catalog declares. */
export interface BoardContext {
  /** Names of the metrics. */
  readonly metrics: readonly string[];
  readonly currencies: readonly string[];
  /** Zone of the catalog: cron patterns and seasons need one. */
  readonly timezone: string;
  /** Fields of the events that move a metric; null: anything goes. */
  readonly dataOf: (metric: string) => Declarations['data'];
}

/** `boards:`, rankings of users by a metric within a period. */
export function parseBoards(faults: Faults, node: DocumentNode | undefined, context: BoardContext): readonly Board[] {
  const { metrics } = context;
  const keys = ['id', 'metric', 'period', 'order', 'ties', 'zone', 'by', 'record', 'rewards', 'leagues'];
  return identified(faults, node, keys, 'board').map(({ id, node: board, entries }) => {
    const metric = required(faults, board, entries, 'metric');
    const followed = (metric === undefined ? undefined : reference(faults, metric, 'metric', metrics)) ?? '';
    const seen = { data: context.dataOf(followed), metrics };
    const by = entries.get('by');
    const optional = <T extends string>(key: string, choices: readonly T[], fallback: T): T => {
      const entry = entries.get(key);
      return (entry === undefined ? undefined : oneOf(faults, entry, choices)) ?? fallback;
    };
    const given = zone(faults, entries.get('zone'));
    const period = parsePeriod(faults, entries.get('period'), given ?? context.timezone);
    return {
      id,
      key: id,
      metric: followed,
      period,
      order: optional('order', ORDERS, 'desc'),
      ties: optional('ties', TIES, 'first'),
      zone: typeof period === 'string' ? given : (given ?? context.timezone),
      by:
        (by === undefined ? undefined : singleAt(faults, by, seen, 'what names a segment, such as user.attributes.country')) ??
        null,
      record: recordFields(faults, entries.get('record'), seen),
      rewards: parseRewards(faults, entries.get('rewards'), { period, currencies: context.currencies }),
      leagues: parseLeagues(faults, entries.get('leagues'), period),
    };
  });
}

function recordFields(faults: Faults, node: DocumentNode | undefined, seen: Declarations): readonly RecordField[] {
  const fields = named(faults, node, 'a mapping from names to what is kept, such as { level: event.data.level }');
  if (node !== undefined && fields.length > MAX_RECORD) {
    report(faults, node, `at most ${MAX_RECORD} fields are kept with a score; this has ${fields.length}`);
    return [];
  }
  return fields.flatMap(([name, expression]) => {
    const value = singleAt(faults, expression, seen, 'a value to keep, such as event.data.level');
    return value === undefined ? [] : [{ name, value }];
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
      by: {
        description: `The segment that a user counts in, in CEL: text, a number, or true or false, such as user.attributes.country. It is asked when the score moves; what has no value, or more than ${MAX_SEGMENT} characters, is no segment.`,
        type: 'string',
      },
      record: {
        description:
          'What of the event that set the score is kept with it, in CEL, by name: text, a number, or true or false. A better score brings its whole record; what has no value is left out.',
        type: ['object', 'null'],
        propertyNames: { ...NAME_SHAPE },
        additionalProperties: { type: 'string' },
        maxProperties: MAX_RECORD,
      },
      rewards: rewardsSchema,
      leagues: leaguesSchema,
    },
    required: ['id', 'metric'],
    additionalProperties: false,
  },
} as const;
