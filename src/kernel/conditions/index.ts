import { compileSource } from './compile.ts';
import { Refused } from './compiler.ts';
import { FAIL, FUEL, kindOf, type Run } from './machine.ts';
import type { Computed, Condition, Declarations, Evaluated, Filter, Formula, Scope, Single } from './model.ts';
import { filterRoots, formulaRoots, roots } from './scope.ts';
import { may, named, type Typed } from './types.ts';

export type * from './model.ts';
export { normalSource } from './normal.ts';
export { type ConditionPart, partsOf, type ReadPart } from './parts.ts';

export type Compiled<E> = { readonly ok: true; readonly expression: E } | { readonly ok: false; readonly message: string };

const TRUE = Object.freeze({ ok: true, value: true });
const FALSE = Object.freeze({ ok: true, value: false });

/** An expression that is true or false. */
export function compileCondition(source: string, declarations: Declarations): Compiled<Condition> {
  const compiled = typed(source, roots(declarations), 'bool', 'a condition is true or false');
  if (!compiled.ok) return compiled;
  const { code } = compiled.expression;
  const evaluate = (scope: Scope): Evaluated<boolean> => {
    const run = start(scope);
    const value = code(run);
    if (value === true) return TRUE;
    if (value === false) return FALSE;
    return failed(run, value, 'true or false');
  };
  return { ok: true, expression: { source, evaluate } };
}

/** An expression that is a finite number. */
export function compileComputed(source: string, declarations: Declarations): Compiled<Computed> {
  const compiled = typed(source, roots(declarations), 'number', 'a number is expected');
  if (!compiled.ok) return compiled;
  const { code } = compiled.expression;
  const evaluate = (scope: Scope): Evaluated<number> => {
    const run = start(scope);
    const value = code(run);
    // Minus zero is zero to everybody but JavaScript.
    if (typeof value === 'number' && Number.isFinite(value)) return { ok: true, value: value === 0 ? 0 : value };
    return failed(run, value, 'a finite number');
  };
  return { ok: true, expression: { source, evaluate } };
}

/** An expression over nothing but `value`. */
export function compileFormula(source: string): Compiled<Formula> {
  const compiled = typed(source, formulaRoots(), 'number', 'a number is expected');
  if (!compiled.ok) return compiled;
  const { code } = compiled.expression;
  const evaluate = (value: number): Evaluated<number> => {
    const run: Run = { scope: NOTHING, value, item: undefined, fuel: FUEL, reason: '' };
    const result = code(run);
    if (typeof result === 'number' && Number.isFinite(result)) return { ok: true, value: result };
    return failed(run, result, 'a finite number');
  };
  return { ok: true, expression: { source, evaluate } };
}

/** An expression over nothing but an event that is true or false. */
export function compileFilter(source: string): Compiled<Filter> {
  const compiled = typed(source, filterRoots(), 'bool', 'a filter is true or false');
  if (!compiled.ok) return compiled;
  const { code } = compiled.expression;
  const evaluate: Filter['evaluate'] = ({ type, source: from, user, data, time }) => {
    const event = { ...NOTHING.event, type, source: from, data, time: Date.parse(time), user: user ?? '' };
    const run = start({ ...NOTHING, event });
    const value = code(run);
    if (value === true) return TRUE;
    if (value === false) return FALSE;
    return failed(run, value, 'true or false');
  };
  return { ok: true, expression: { source, evaluate } };
}

/** An expression that is text, a finite number, or true or false: what can be told from another one at a glance. */
export function compileSingle(source: string, declarations: Declarations): Compiled<Single> {
  const compiled = typed(source, roots(declarations), 'single', 'text, a number, or true or false is expected');
  if (!compiled.ok) return compiled;
  const { code } = compiled.expression;
  const evaluate = (scope: Scope): Evaluated<string | number | boolean> => {
    const run = start(scope);
    const value = code(run);
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return { ok: true, value };
      case 'number':
        if (Number.isFinite(value)) return { ok: true, value };
        break;
      default:
    }
    return failed(run, value, 'text, a number, or true or false');
  };
  return { ok: true, expression: { source, evaluate } };
}

/** A formula may name nothing of it. */
const NOTHING: Scope = {
  event: { type: '', source: '', data: {}, time: 0, local: { hour: 0, weekday: 1 } },
  user: { attributes: {}, level: 1 },
  metric: () => 0,
  now: 0,
};

const SINGLES = ['string', 'number', 'bool'] as const;

function typed(
  source: string,
  names: ReadonlyMap<string, Typed>,
  kind: 'bool' | 'number' | 'single',
  expected: string,
): Compiled<Typed> {
  try {
    const expression = compileSource(source, names);
    const kinds = kind === 'single' ? SINGLES : [kind];
    if (kinds.some((one) => may(expression.type, one))) return { ok: true, expression };
    return { ok: false, message: `${expected}, but this is ${named(expression.type)}` };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, message: error.message };
    throw error;
  }
}

function start(scope: Scope): Run {
  return { scope, value: 0, item: undefined, fuel: FUEL, reason: '' };
}

function failed(run: Run, value: unknown, expected: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason: value === FAIL ? run.reason : `the result is ${kindOf(value)}, not ${expected}` };
}
