import { didYouMean } from '../kernel/closest.ts';
import { anyOf, type DocumentNode, type Faults, flag, report, shortened, text } from '../kernel/document.ts';
import { identified, NAME_SHAPE } from '../kernel/document-names.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Achievement, Repeat } from './model.ts';
import { type Placed, reportRequirements, requirementsAt } from './requirements.ts';
import { all, any } from './strategies/composite.ts';
import { manual } from './strategies/manual.ts';
import { metric } from './strategies/metric.ts';
import { placement } from './strategies/placement.ts';
import { sequence } from './strategies/sequence.ts';
import type { AchievementContext, ParsedStrategy, StrategyKind } from './strategies/strategy.ts';
import { reportFeeding, reportMultiples } from './repeats.ts';
import { parseTiers, tiersSchema } from './tiers.ts';

type Entries = ReadonlyMap<string, DocumentNode>;

const STRATEGIES: readonly StrategyKind[] = [metric, all, any, sequence, placement, manual];
const STRATEGY_KEYS = STRATEGIES.map(({ key }) => key);
const COMMON_KEYS = ['id', 'name', 'requires', 'secret', 'tiers'];
const KEYS = [...COMMON_KEYS, ...STRATEGIES.flatMap(({ key, otherKeys }) => [key, ...otherKeys])];

/** `achievements:`, what is unlocked. */
export function parseAchievements(
  faults: Faults,
  node: DocumentNode | undefined,
  context: AchievementContext,
): readonly Achievement[] {
  const placed: Placed[] = [];
  for (const { id, node: item, entries } of identified(faults, node, KEYS, 'achievement')) {
    const kind = strategyOf(faults, item, entries);
    const value = kind === undefined ? undefined : entries.get(kind.key);
    const parsed =
      kind === undefined || value === undefined ? undefined : kind.parse({ faults, id, node: item, entries, value, context });
    const achievement = parseRest(faults, id, item, { entries, kind, parsed, context });
    const given = entries.get('requires');
    const requires = given === undefined ? [] : requirementsAt(faults, given);
    placed.push({
      id,
      requires: [...requires, ...(parsed?.parts ?? [])],
      achievement:
        achievement === undefined
          ? undefined
          : { ...achievement, requires: kind === manual ? [] : requires.map(({ requirement }) => requirement) },
    });
  }
  reportRequirements(faults, placed);
  return placed.flatMap(({ achievement }) => achievement ?? []);
}

/** A definition is of one strategy, and has no keys of others. */
function strategyOf(faults: Faults, node: DocumentNode, entries: Entries): StrategyKind | undefined {
  const [kind, ...more] = STRATEGIES.filter(({ key }) => entries.has(key));
  if (kind === undefined) {
    return report(faults, node, `an achievement needs one of ${anyOf(STRATEGY_KEYS)}, as in ${metric.example}`);
  }
  if (more.length > 0) {
    const keys = [kind, ...more].map(({ key }) => key);
    return report(faults, node, `an achievement is unlocked in one way, but this has ${keys.join(' and ')}`);
  }
  const own = [...COMMON_KEYS, kind.key, ...kind.otherKeys];
  for (const [key, value] of entries) {
    const reason = kind.misplaced?.get(key);
    if (reason !== undefined) report(faults, value, `"${key}" does not go with ${kind.key}: ${reason}`);
    else if (KEYS.includes(key) && !own.includes(key)) {
      const hint = didYouMean(key, own) || `; expected ${anyOf(own)}, as in ${kind.example}`;
      report(faults, value, `"${shortened(key)}" does not go with ${kind.key}${hint}`);
    }
  }
  return kind;
}

function parseRest(
  faults: Faults,
  id: string,
  node: DocumentNode,
  definition: {
    readonly entries: Entries;
    readonly kind: StrategyKind | undefined;
    readonly parsed: ParsedStrategy | undefined;
    readonly context: AchievementContext;
  },
): Achievement | undefined {
  const { entries, kind, parsed, context } = definition;
  const shown = entries.get('name');
  const called = (shown === undefined ? undefined : text(faults, shown, 'a name for people')) ?? id;
  const secret = entries.get('secret');
  const isSecret = (secret === undefined ? undefined : flag(faults, secret)) ?? false;
  const given = entries.get('tiers');
  if (given === undefined && (kind === undefined || kind === metric)) report(faults, node, '"tiers" is missing');
  const done = parsed?.done ?? null;
  const tiers =
    given !== undefined
      ? parseTiers(faults, given, { highest: parsed?.highest ?? null, currencies: context.currencies })
      : done === null
        ? []
        : [{ id: 'done', number: -1, at: done, rewards: [] }];
  if (parsed === undefined) return undefined;
  const { strategy } = parsed;
  const repeatable = entries.get('repeatable');
  const repeats = repeatable !== undefined && kind === metric && flag(faults, repeatable) === true;
  const repeat: Repeat | null = repeats ? (strategy.window === null ? 'multiples' : 'periods') : null;
  if (repeatable !== undefined && given !== undefined && repeat === 'multiples') {
    reportMultiples(faults, given, tiers);
    reportFeeding(faults, repeatable, tiers, context.sourceOf(strategy.metric ?? ''));
  }
  return { id, name: called, requires: [], secret: isSecret, strategy, repeat, tiers };
}

/** JSON Schema (draft 2020-12) of `achievements:`. What refers to other parts of the file, only the parser checks. */
export const achievementsSchema: JsonObject = {
  description: 'What is unlocked: once for ever, or again and again.',
  type: ['array', 'null'],
  maxItems: 1_000,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['id'],
    properties: {
      id: { description: 'Its name in the API and in requires.', type: 'string', ...NAME_SHAPE },
      name: { description: 'Its name for people; the id where there is none.', type: 'string', minLength: 1, maxLength: 200 },
      requires: {
        description: 'Achievements that have to be unlocked first: by id, or up to a tier, as in committer.gold.',
        type: 'array',
        items: { type: 'string', minLength: 1 },
      },
      secret: { description: 'Not shown to the user before it is unlocked.', type: 'boolean' },
      tiers: tiersSchema,
      ...Object.assign({}, ...STRATEGIES.map(({ properties }) => properties)),
    },
    // Each strategy requires its own key and allows no other's.
    oneOf: STRATEGIES.map((kind) => ({
      required: [kind.key, ...(kind === metric ? ['tiers'] : []), ...(kind === placement ? ['rank'] : [])],
      not: {
        anyOf: KEYS.filter((key) => ![...COMMON_KEYS, kind.key, ...kind.otherKeys].includes(key))
          .concat(kind === manual ? ['requires'] : [])
          .map((key) => ({ required: [key] })),
      },
    })),
  },
};
