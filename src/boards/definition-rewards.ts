import {
  type DocumentNode,
  expected,
  type Faults,
  fields,
  integer,
  list,
  mapping,
  report,
  required,
  text,
} from '../kernel/document.ts';
import { isKnown, withinBounds } from '../kernel/document-names.ts';
import { MAX_POINTS } from '../kernel/points.ts';
import type { BoardPeriod, Reward } from './model.ts';

const KEYS = ['rank', 'ranks', 'top', 'award'];
/** Places that a reward may name: each paid one is a transfer, and who pays more of them wants "top". */
const MAX_RANK = 1_000_000;
const A_REWARD = 'a reward, as in { rank: 1, award: { points: 500 } }';
const A_RANK = `a rank, from 1 to ${MAX_RANK}`;

/** `rewards:` of a board; the first that fits is paid. */
export function parseRewards(
  faults: Faults,
  node: DocumentNode | undefined,
  context: { readonly period: BoardPeriod; readonly currencies: readonly string[] },
): readonly Reward[] {
  if (node === undefined) return [];
  if (context.period === 'all') report(faults, node, 'rewards are paid when a period closes: the board needs a "period"');
  const rewards: Reward[] = [];
  const items = list(faults, node, `a list of rewards: ${A_REWARD}`) ?? [];
  if (!withinBounds(faults, node, items.length)) return [];
  for (const item of items) {
    const reward = parseReward(faults, item, context.currencies);
    if (reward === undefined) continue;
    if (rewards.some((before) => covers(before, reward)))
      report(faults, item, 'can never be paid: a reward before it fits all of these ranks, and the first that fits is paid');
    rewards.push(reward);
  }
  return rewards;
}

function parseReward(faults: Faults, node: DocumentNode, currencies: readonly string[]): Reward | undefined {
  const entries = fields(faults, node, KEYS, A_REWARD);
  if (entries === undefined) return undefined;
  const given = required(faults, node, entries, 'award');
  const award = given === undefined ? undefined : parseAward(faults, given, currencies);
  const [rank, ranks, top] = KEYS.map((key) => entries.get(key));
  const whom = [rank, ranks, top].filter((one) => one !== undefined);
  if (whom.length !== 1) return report(faults, node, 'a reward has "rank", "ranks" or "top", one of them');
  const places =
    rank !== undefined
      ? oneRank(faults, rank)
      : ranks !== undefined
        ? span(faults, ranks)
        : top !== undefined
          ? share(faults, top)
          : undefined;
  return places === undefined || award === undefined ? undefined : { ...places, award };
}

type Places = { readonly first: number; readonly last: number } | { readonly top: number };

function oneRank(faults: Faults, node: DocumentNode): Places | undefined {
  const rank = integer(faults, node, 1, MAX_RANK, A_RANK);
  return rank === undefined ? undefined : { first: rank, last: rank };
}

function span(faults: Faults, node: DocumentNode): Places | undefined {
  const what = 'two ranks such as 2-10, the second one behind the first';
  const match = /^(\d{1,7})-(\d{1,7})$/.exec(text(faults, node, what) ?? '1-2');
  const [first = 0, last = 0] = (match ?? []).slice(1).map(Number);
  return first >= 1 && first < last && last <= MAX_RANK ? { first, last } : expected(faults, node, what);
}

function share(faults: Faults, node: DocumentNode): Places | undefined {
  const what = 'a share above 0% and at most 100%, such as 10%';
  const match = /^(\d{1,3}(?:\.\d{1,4})?)%$/.exec(text(faults, node, what) ?? '1%');
  const top = Number(match?.[1] ?? Number.NaN);
  return top > 0 && top <= 100 ? { top } : expected(faults, node, what);
}

function parseAward(faults: Faults, node: DocumentNode, currencies: readonly string[]): Reward['award'] | undefined {
  const entries = mapping(faults, node, 'a mapping from currencies to amounts, as in { points: 500 }');
  if (entries === undefined) return undefined;
  if (entries.size === 0) return report(faults, node, 'expected at least one currency, as in { points: 500 }');
  const amounts = [...entries].map(([currency, given]): readonly [string, number | undefined] => {
    const known = isKnown(faults, given, 'currency', currency, currencies);
    const amount = integer(faults, given, 1, MAX_POINTS, 'a whole number of points from 1 to 2^53 − 1');
    return [currency, known ? amount : undefined];
  });
  return amounts.some(([, amount]) => amount === undefined) ? undefined : Object.fromEntries(amounts as [string, number][]);
}

function covers(before: Reward, reward: Reward): boolean {
  if ('top' in before) return 'top' in reward ? before.top >= reward.top : before.top === 100;
  return !('top' in reward) && before.first <= reward.first && reward.last <= before.last;
}

export const rewardsSchema = {
  description: 'What ranks earn when a period closes. The first that fits is paid.',
  type: 'array',
  maxItems: 1_000,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['award'],
    oneOf: [{ required: ['rank'] }, { required: ['ranks'] }, { required: ['top'] }],
    properties: {
      rank: { description: 'One rank.', type: 'integer', minimum: 1, maximum: MAX_RANK },
      ranks: { description: 'From one rank to another, such as 2-10.', type: 'string', pattern: '^\\d{1,7}-\\d{1,7}$' },
      top: { description: 'The best of all on the board, such as 10%.', type: 'string', pattern: '^\\d{1,3}(\\.\\d{1,4})?%$' },
      award: {
        description: 'Points, by currency.',
        type: 'object',
        minProperties: 1,
        additionalProperties: { type: 'integer', minimum: 1, maximum: MAX_POINTS },
      },
    },
  },
} as const;
