import { normalSource } from '../kernel/conditions/index.ts';
import { type DocumentNode, type Faults, fields, oneOf, required } from '../kernel/document.ts';
import { named, NAME_SHAPE } from '../kernel/document-names.ts';
import { conditionAt } from '../kernel/expression-node.ts';
import { canonical } from '../kernel/json.ts';
import type { Listen } from '../kernel/listening.ts';
import type { Streak } from './model.ts';

/** What else the catalog declares. */
export interface StreakContext {
  readonly listen: Listen;
}

const KEYS = ['on', 'every', 'when'];
const EVERY = ['day'] as const;

/** `streaks:`, how long something has gone on without a gap. */
export function parseStreaks(faults: Faults, node: DocumentNode | undefined, context: StreakContext): readonly Streak[] {
  return named(faults, node, 'a mapping from streaks to their definition').flatMap(([id, definition]) => {
    const streak = parseStreak(faults, id, definition, context);
    return streak === undefined ? [] : [streak];
  });
}

function parseStreak(faults: Faults, id: string, node: DocumentNode, { listen }: StreakContext): Streak | undefined {
  const entries = fields(faults, node, KEYS, "a streak, as in { on: 'code.*', every: day }");
  if (entries === undefined) return undefined;
  const pattern = required(faults, node, entries, 'on');
  const listener = pattern === undefined ? undefined : listen(faults, pattern);
  const span = required(faults, node, entries, 'every');
  const every = span === undefined ? undefined : oneOf(faults, span, EVERY);
  const given = entries.get('when');
  // Streaks move together with metrics, before anything sees either, so their conditions see no metrics.
  const when =
    (given === undefined ? undefined : conditionAt(faults, given, { data: listener?.data ?? null, metrics: [] })) ?? null;
  if (listener === undefined || every === undefined) return undefined;
  const { on, matches } = listener;
  const meaning = canonical(when === null ? { every, on } : { every, on, when: normalSource(when.source) });
  const description = `${every}s with ${on}${when === null ? '' : `, when ${when.source}`}`;
  return { id, key: id, on, matches, when, every, meaning, description };
}

/** JSON Schema (draft 2020-12) of `streaks:`, for editors; the catalog's own check says more. */
export const streaksSchema = {
  description: 'Streaks: how many days in a row something happened, for each user. By name.',
  type: ['object', 'null'],
  propertyNames: { ...NAME_SHAPE },
  maxProperties: 1_000,
  additionalProperties: {
    description: 'A streak: the run of consecutive local days of the user with a matching event.',
    type: 'object',
    properties: {
      on: {
        description: 'Events that keep it going: a type such as code.commit, or a pattern such as code.*',
        type: 'string',
        minLength: 1,
        maxLength: 1_000,
      },
      every: { description: 'Span in which there has to be one such event: a local day of the user.', enum: ['day'] },
      when: {
        description: "Condition in CEL that such an event has to meet, such as 'event.data.files > 0'. Metrics are not seen.",
        type: 'string',
        minLength: 1,
      },
    },
    required: ['on', 'every'],
    additionalProperties: false,
  },
} as const;
