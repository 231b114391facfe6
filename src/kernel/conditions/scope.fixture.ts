import type { Declarations, Scope } from './index.ts';
import { compileComputed, compileCondition } from './index.ts';

/** One moment that the tests of this folder look at. */
export const SCOPE: Scope = {
  event: {
    type: 'code.commit',
    source: 'github',
    data: { files: 10, ratio: 2.5, repo: 'diana', merged: true, tags: ['fix', 'docs'], more: { lines: 7 }, nothing: null },
    time: Date.UTC(2026, 5, 1, 12, 30),
    local: { hour: 14, weekday: 1 },
  },
  user: { attributes: { vip: true, level: 3 }, level: 4 },
  metric: (name) => (name === 'commits' ? 5 : 0),
  now: Date.UTC(2026, 5, 1, 14),
};

export const DECLARED: Declarations = {
  data: new Map([
    ['files', 'integer'],
    ['ratio', 'number'],
    ['repo', 'string'],
    ['merged', 'boolean'],
    ['tags', 'list'],
    ['more', 'map'],
    ['nothing', 'any'],
    ['late', 'integer'],
  ]),
  metrics: ['commits', 'in-a-row', 'constructor'],
};

export const ANYTHING: Declarations = { data: null, metrics: ['commits'] };

/** The value, or the reason why there is none, or the fault at load. */
export function condition(source: string, declarations: Declarations = DECLARED, scope: Scope = SCOPE): boolean | string {
  const compiled = compileCondition(source, declarations);
  if (!compiled.ok) return `fault: ${compiled.message}`;
  const result = compiled.expression.evaluate(scope);
  return result.ok ? result.value : `none: ${result.reason}`;
}

export function computed(source: string, declarations: Declarations = DECLARED, scope: Scope = SCOPE): number | string {
  const compiled = compileComputed(source, declarations);
  if (!compiled.ok) return `fault: ${compiled.message}`;
  const result = compiled.expression.evaluate(scope);
  return result.ok ? result.value : `none: ${result.reason}`;
}

/** A scope with other event data. */
export function withData(data: Record<string, unknown>): Scope {
  return { ...SCOPE, event: { ...SCOPE.event, data } };
}
