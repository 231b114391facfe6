import { compileSource } from './compile.ts';
import { Refused } from './compiler.ts';
import { FAIL, FUEL, kindOf, type Run } from './machine.ts';
import type { Computed, Condition, Declarations, Evaluated, Scope } from './model.ts';
import { roots } from './scope.ts';
import { may, named, type Typed } from './types.ts';

export type * from './model.ts';

export type Compiled<E> = { readonly ok: true; readonly expression: E } | { readonly ok: false; readonly message: string };

const TRUE = Object.freeze({ ok: true, value: true });
const FALSE = Object.freeze({ ok: true, value: false });

/** An expression that is true or false. */
export function compileCondition(source: string, declarations: Declarations): Compiled<Condition> {
  const compiled = typed(source, declarations, 'bool', 'a condition is true or false');
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
  const compiled = typed(source, declarations, 'number', 'a number is expected');
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

function typed(source: string, declarations: Declarations, kind: 'bool' | 'number', expected: string): Compiled<Typed> {
  try {
    const expression = compileSource(source, roots(declarations));
    if (may(expression.type, kind)) return { ok: true, expression };
    return { ok: false, message: `${expected}, but this is ${named(expression.type)}` };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, message: error.message };
    throw error;
  }
}

function start(scope: Scope): Run {
  return { scope, item: undefined, fuel: FUEL, reason: '' };
}

function failed(run: Run, value: unknown, expected: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason: value === FAIL ? run.reason : `the result is ${kindOf(value)}, not ${expected}` };
}
