import { keyedDigest, sha256 } from '../../kernel/digest.ts';
import { report } from '../../kernel/document.ts';
import { singleAt } from '../../kernel/expression-node.ts';
import type { Listener } from '../../kernel/listening.ts';
import type { MetricDefinition, MetricKind } from '../kind.ts';
import { add, events, listenerOf, metric, ON, seenBy, WHEN, whenOf } from './parts.ts';

/** How many different values there were in events. */
export const distinct: MetricKind = {
  key: 'distinct',
  otherKeys: ['on', 'when'],
  example: '{ distinct: event.data.repo, on: code.commit }',
  schema: {
    type: 'object',
    description: 'How many different values there were in events.',
    properties: {
      distinct: { type: 'string', description: 'Text, a number, or true or false, in CEL, such as event.data.repo.' },
      on: ON,
      when: WHEN,
    },
    required: ['distinct', 'on'],
    additionalProperties: false,
  },
  parse(definition) {
    const listener = postedOf(definition);
    const { faults, value } = definition;
    const counted = singleAt(faults, value, seenBy(listener), 'a value to tell apart, such as event.data.repo');
    const when = whenOf(definition, listener);
    if (listener === undefined || counted === undefined) return undefined;
    return metric(definition, {
      source: events(listener),
      when,
      meaning: { distinct: counted.source, on: listener.on },
      description: `distinct (${counted.source}) on ${listener.on}`,
      remembers: true,
      contribute: (scope) => {
        const single = counted.evaluate(scope);
        return single.ok ? { ok: true, value: { amount: 1, member: memberOf(single.value) } } : single;
      },
      fold: add,
    });
  },
};

/** Seen values are loaded before an event is decided, which is before anyone knows what Diana will announce. */
function postedOf(definition: MetricDefinition): Listener | undefined {
  const listener = listenerOf(definition, 'in which events values are told apart');
  if (listener !== undefined && definition.context.isReserved(listener.on)) {
    const { faults, node, entries } = definition;
    report(faults, entries.get('on') ?? node, 'distinct counts values of events that are posted, not of what Diana announces');
  }
  return listener;
}

/** 64 hex digits; sets these digests apart from all others. */
const KEY = sha256('metrics.distinct');

/** Digests by value: most values come again and again, and each is asked for twice an event. */
const known = new Map<string | number | boolean, string>();
const MAX_KNOWN = 10_000;
/** UTF-16 units; longer values are seldom met again. */
const MAX_LENGTH = 100;

/** The digest of a value, as a UUID-shaped string. Its type is part of it: 1, "1" and true differ. */
function memberOf(value: string | number | boolean): string {
  const before = known.get(value);
  if (before !== undefined) return before;
  const member = keyedDigest(KEY, [typeof value, String(value)]);
  if (typeof value === 'string' && value.length > MAX_LENGTH) return member;
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(value, member);
  return member;
}
