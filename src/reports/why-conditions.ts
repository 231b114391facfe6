import { type ConditionPart, partsOf, type Scope } from '../kernel/conditions/index.ts';
import type { ConditionPartWhy } from './why-model.ts';
import { listed } from './words.ts';

/** A condition evaluated again, and what of it may have been another thing when it was decided. */
export interface Examined {
  readonly parts: readonly ConditionPartWhy[];
  /** What the parts that do not hold read of it; where all of them hold, what any of them reads. */
  readonly changeable: readonly string[];
}

/** `isKept`: whether what is read is still what it was when the event was decided. */
export function examine(source: string, metrics: readonly string[], scope: Scope, isKept: (source: string) => boolean): Examined {
  const examined = partsOf(source, metrics).map((part) => ({ part, told: toldPart(part, scope) }));
  const unmet = examined.filter(({ told }) => told.value !== true);
  const changeable = (unmet.length > 0 ? unmet : examined).flatMap(({ part }) =>
    part.reads.filter((read) => (read.root === 'user' || read.root === 'metrics') && !isKept(read.source)),
  );
  return { parts: examined.map(({ told }) => told), changeable: [...new Set(changeable.map((read) => read.source))] };
}

function toldPart(part: ConditionPart, scope: Scope): ConditionPartWhy {
  const value = part.evaluate(scope);
  const reads = part.reads.map((read) => {
    const found = read.evaluate(scope);
    return found.ok ? { source: read.source, value: found.value } : { source: read.source };
  });
  return value.ok
    ? { source: part.source, value: value.value, reads }
    : { source: part.source, value: null, reason: value.reason, reads };
}

/** What of a condition did not hold, as the rest of a sentence about it. */
export function unmetText({ parts, changeable }: Examined): string {
  const unmet = parts.filter(({ value }) => value !== true);
  if (unmet.length === 0) {
    const what = changeable.length === 0 ? 'what it reads' : listed(changeable, 'or');
    return `its condition is met as things are today, and was not then: ${what} has changed since`;
  }
  const today =
    changeable.length === 0 ? '' : `; ${listed(changeable)} ${changeable.length === 1 ? 'is' : 'are'} read as of today`;
  return `its condition was not met: ${listed(unmet.map(partText))}${today}`;
}

/** Longest value that a sentence shows, in characters. */
const MAX_SHOWN = 60;

function partText({ source, value, reason, reads }: ConditionPartWhy): string {
  const values = reads.map((read) => {
    if (!('value' in read)) return `${read.source} is not there`;
    const text = JSON.stringify(read.value);
    return `${read.source} is ${text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text}`;
  });
  const because = value === null ? (reason ?? '') : values.filter((text) => text !== `${source} is false`).join(', ');
  return `${source} ${value === null ? 'has no value' : 'is false'}${because === '' ? '' : ` (${because})`}`;
}
