import { type DocumentNode, type Faults, fields, integer, oneOf, report, required } from '../kernel/document.ts';
import { MAX_POINTS } from '../kernel/points.ts';
import type { AmountLimit } from './model.ts';

/** From the shortest to the longest. */
const PER = ['day', 'week', 'month'] as const;

interface Placed extends AmountLimit {
  readonly node: DocumentNode;
}

/** `transfers:` or `cap:` of a currency, one or a list; all of them hold. */
export function parseAmountLimits(faults: Faults, node: DocumentNode | undefined, what: string): readonly AmountLimit[] {
  if (node === undefined) return [];
  const given = node.kind === 'list' ? node.items : [node];
  if (given.length === 0) report(faults, node, `expected ${what}, as in { max: 500, per: day }, or a list of them`);
  const limits: Placed[] = [];
  for (const item of given) {
    const limit = parseOne(faults, item, what);
    if (limit === undefined) continue;
    if (limits.some(({ per }) => per === limit.per)) report(faults, item, `there are two of them per ${limit.per}`);
    else limits.push({ ...limit, node: item });
  }
  reportIdle(faults, limits);
  return limits.map(({ max, per }) => ({ max, per }));
}

function parseOne(faults: Faults, node: DocumentNode, what: string): AmountLimit | undefined {
  const entries = fields(faults, node, ['max', 'per'], `${what}, as in { max: 500, per: day }`);
  if (entries === undefined) return undefined;
  const most = required(faults, node, entries, 'max');
  const span = required(faults, node, entries, 'per');
  const max = most === undefined ? undefined : integer(faults, most, 1, MAX_POINTS, 'a whole number of points, at least 1');
  const per = span === undefined ? undefined : oneOf(faults, span, PER);
  return max === undefined || per === undefined ? undefined : { max, per };
}

/** A day lies in one week and one month, whose limits may be used up before. A week may lie in two months. */
function reportIdle(faults: Faults, limits: readonly Placed[]): void {
  const daily = limits.find(({ per }) => per === 'day');
  const tighter = limits.find(({ max, per }) => per !== 'day' && daily !== undefined && max < daily.max);
  if (daily === undefined || tighter === undefined) return;
  report(faults, daily.node, `${daily.max} per day can never be reached: at most ${tighter.max} per ${tighter.per}`);
}

const amountLimitSchema = {
  type: 'object',
  properties: {
    max: { description: 'Points, at least 1.', type: 'integer', minimum: 1, maximum: MAX_POINTS },
    per: { description: "A period of the user's calendar.", enum: PER },
  },
  required: ['max', 'per'],
  additionalProperties: false,
} as const;

export function amountLimitsSchema(description: string): object {
  return { description, anyOf: [amountLimitSchema, { type: 'array', minItems: 1, items: amountLimitSchema }] };
}
