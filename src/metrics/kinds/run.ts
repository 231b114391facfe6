import { conditionAt } from '../../kernel/expression-node.ts';
import type { MetricKind } from '../kind.ts';
import type { MetricValue } from '../model.ts';
import { BRINGS_ONE, BRINGS_ZERO, events, latest, metric, needed, seenBy, whenOf } from './parts.ts';

const EXAMPLE = "{ run: quiz.answered, while: 'event.data.correct' }";

/** How many events in a row, in the order in which they came in, met a condition. */
export const run: MetricKind = {
  key: 'run',
  otherKeys: ['while', 'when'],
  misplaced: new Map([['on', '"run" names the events itself']]),
  example: EXAMPLE,
  schema: {
    type: 'object',
    description: 'How many events in a row met a condition; 0 again after one that did not.',
    properties: {
      run: { type: 'string', description: 'The event type, or a pattern such as quiz.*, that the row is made of.' },
      while: { type: 'string', description: "A condition in CEL that keeps the row going, as in 'event.data.correct'." },
      when: { type: 'string', description: 'A condition in CEL; events that do not meet it neither lengthen nor end the row.' },
    },
    required: ['run', 'while'],
    additionalProperties: false,
  },
  parse(definition) {
    const { faults, value, context } = definition;
    const listener = context.listen(faults, value);
    const node = needed(definition, 'while', `what keeps the row going, as in ${EXAMPLE}`);
    const goesOn = node === undefined ? undefined : conditionAt(faults, node, seenBy(listener));
    const when = whenOf(definition, listener);
    if (listener === undefined || goesOn === undefined) return undefined;
    const { on } = listener;
    return metric(definition, {
      source: events(listener),
      when,
      meaning: { run: on, while: goesOn.source },
      description: `run ${on} while ${goesOn.source}`,
      contribute: (scope) => {
        const met = goesOn.evaluate(scope);
        if (!met.ok) return { ok: true, value: { amount: 0, member: null, failure: met.reason } };
        return met.value ? BRINGS_ONE : BRINGS_ZERO;
      },
      fold: lengthen,
    });
  },
};

/** 1 lengthens the row, 0 ends it. */
function lengthen(before: MetricValue | undefined, amount: number, at: number): MetricValue | undefined {
  const length = before?.value ?? 0;
  const value = amount === 0 ? 0 : length + 1;
  return value === length ? undefined : { value, at: latest(before, at) };
}
