import type { Condition, Evaluated } from '../../kernel/conditions/index.ts';
import { type DocumentNode, expected, type Faults, fields, list, report, required, text } from '../../kernel/document.ts';
import { durationText, readDuration } from '../../kernel/duration.ts';
import { conditionAt } from '../../kernel/expression-node.ts';
import type { Listener } from '../../kernel/listening.ts';
import { type Contribution, followsEvents, type MetricValue } from '../../metrics/index.ts';
import type { StrategyDefinition, StrategyKind } from './strategy.ts';

/** A step is a bit of what an event contributes. */
const MAX_STEPS = 20;
const EXAMPLE = '{ id: welcome, sequence: [user.signed-up, profile.completed, first.post], deadline: 7d }';
const DEADLINE = 'a length of time, such as 90m, 24h or 7d';

interface Step {
  readonly listener: Listener;
  readonly when: Condition | null;
}

/** Progress is how many steps were done in their order, by the times of the events: `sequence: [a, b, c]`. */
export const sequence: StrategyKind = {
  key: 'sequence',
  otherKeys: ['deadline'],
  misplaced: new Map([
    ['repeatable', 'it is done once'],
    ['within', 'write a deadline, as in deadline: 7d'],
  ]),
  example: EXAMPLE,
  properties: {
    sequence: {
      description: 'Events that have to happen in this order.',
      type: 'array',
      minItems: 2,
      maxItems: MAX_STEPS,
      items: {
        anyOf: [
          { type: 'string', minLength: 1 },
          {
            type: 'object',
            additionalProperties: false,
            required: ['on'],
            properties: {
              on: { description: 'The event type, or a pattern such as code.*.', type: 'string', minLength: 1 },
              when: { description: 'A condition in CEL that the event has to meet.', type: 'string', minLength: 1 },
            },
          },
        ],
      },
    },
    deadline: {
      description: 'How long it may take from the first step to the last, such as 24h or 7d; for ever where there is none.',
      type: 'string',
      pattern: '^[1-9][0-9]{0,8}[smhd]$',
    },
  },
  parse(definition) {
    const { faults, id, entries, value } = definition;
    const steps = stepsAt(definition, value);
    const given = entries.get('deadline');
    const deadline = given === undefined ? null : deadlineAt(faults, given);
    if (steps === undefined || deadline === undefined) return undefined;
    const texts = steps.map(({ listener: { on }, when }) => (when === null ? on : `${on} when ${when.source}`));
    const description = `${texts.join(' → ')}${deadline === null ? '' : ` within ${durationText(deadline)}`}`;
    const own = followsEvents({
      name: `@sequence/${id}`,
      owner: id,
      on: steps.map(({ listener: { on } }) => on),
      matches: (type) => steps.some(({ listener }) => listener.matches(type)),
      meaning: { sequence: texts, deadline },
      description,
      contribute: matcherOf(steps),
      fold: (before, amount, at) => advance(before, amount, at, { count: steps.length, deadline }),
    });
    return {
      strategy: {
        kind: 'sequence',
        description: `by ${description}`,
        metric: own.name,
        parts: [],
        window: null,
        own,
        progress: (view) => view.metric(own.name),
      },
      parts: [],
      done: steps.length,
      highest: { value: steps.length, why: `there are ${steps.length} steps` },
    };
  },
};

function stepsAt({ faults, context }: StrategyDefinition, node: DocumentNode): readonly Step[] | undefined {
  const items = list(faults, node, `a list of event types, as in ${EXAMPLE}`);
  if (items === undefined) return undefined;
  if (items.length < 2 || items.length > MAX_STEPS) {
    return report(faults, node, `a sequence has 2 to ${MAX_STEPS} steps; this has ${items.length}`);
  }
  const steps = items.flatMap((item) => stepAt(faults, item, context.listen) ?? []);
  return steps.length === items.length ? steps : undefined;
}

function stepAt(faults: Faults, node: DocumentNode, listen: StrategyDefinition['context']['listen']): Step | undefined {
  if (node.kind !== 'map') {
    const listener = listen(faults, node);
    return listener === undefined ? undefined : { listener, when: null };
  }
  const entries = fields(faults, node, ['on', 'when'], 'a step');
  const on = entries === undefined ? undefined : required(faults, node, entries, 'on');
  const listener = on === undefined ? undefined : listen(faults, on);
  const given = entries?.get('when');
  // Metrics move before anything sees them, so a step sees none.
  const when = given === undefined ? null : conditionAt(faults, given, { data: listener?.data ?? null, metrics: [] });
  return listener === undefined || when === undefined ? undefined : { listener, when };
}

function deadlineAt(faults: Faults, node: DocumentNode): number | undefined {
  const given = text(faults, node, DEADLINE);
  if (given === undefined) return undefined;
  return readDuration(given) ?? expected(faults, node, DEADLINE);
}

type Matched = Evaluated<Contribution>;

/** What a type of event may be. */
interface OfType {
  /** Steps without a condition. */
  readonly always: Matched & { readonly ok: true };
  readonly conditional: readonly { readonly bit: number; readonly when: Condition }[];
}

/** Types are the callers' words: the memory of them is bounded. */
const MAX_TYPES = 1_000;

/** The steps that an event is, as bits: the first is bit 0. One event may be several, and counts as one of them. */
function matcherOf(steps: readonly Step[]): (scope: Parameters<Condition['evaluate']>[0]) => Matched {
  const byType = new Map<string, OfType>();

  function known(type: string): OfType {
    const found = byType.get(type);
    if (found !== undefined) return found;
    let amount = 0;
    const conditional: { bit: number; when: Condition }[] = [];
    for (const [place, { listener, when }] of steps.entries()) {
      if (!listener.matches(type)) continue;
      if (when === null) amount |= 1 << place;
      else conditional.push({ bit: 1 << place, when });
    }
    const entry: OfType = { always: { ok: true, value: { amount, member: null } }, conditional };
    if (byType.size >= MAX_TYPES) byType.clear();
    byType.set(type, entry);
    return entry;
  }

  return (scope) => {
    const { always, conditional } = known(scope.event.type);
    if (conditional.length === 0) return always;
    let { amount } = always.value;
    let failure: string | undefined;
    for (const { bit, when } of conditional) {
      const met = when.evaluate(scope);
      if (!met.ok) failure ??= met.reason;
      else if (met.value) amount |= bit;
    }
    return { ok: true, value: { amount, member: null, ...(failure === undefined ? {} : { failure }) } };
  };
}

/**
 * States: 0 of n → 1 → … → n, where it ends. `since` is the time of the first step, `at` that of the last one done. What
 * happened before the last step done changes nothing, and neither does a step that is not the next. The first step
 * begins anew where nothing but it was done, or where the deadline has passed.
 */
export function advance(
  before: MetricValue | undefined,
  steps: number,
  at: number,
  { count, deadline }: { readonly count: number; readonly deadline: number | null },
): MetricValue | undefined {
  const isFirst = (steps & 1) === 1;
  const done = before?.value ?? 0;
  if (before === undefined || done === 0) return isFirst ? { value: 1, at, since: at } : undefined;
  if (done >= count || at < before.at) return undefined;
  const since = before.since ?? before.at;
  const isLate = deadline !== null && at - since > deadline;
  if (!isLate && ((steps >>> done) & 1) === 1) return { value: done + 1, at, since };
  return isFirst && (isLate || done === 1) ? { value: 1, at, since: at } : undefined;
}
