import { Refused } from './compiler.ts';
import { type Code, equal, FAIL, fail, isList, isMap, kindOf, MAX_TEXT, type Run, spend, textCost } from './machine.ts';
import { BOOL, DURATION, DYN, may, named, NUMBER, TIMESTAMP, type Type, type Typed, unify } from './types.ts';

type Apply = (run: Run, left: unknown, right: unknown) => unknown;

/** Both operands, left first; no value where one of them has none. */
function both(left: Typed, right: Typed, apply: Apply): Code {
  const a = left.code;
  const b = right.code;
  return (run) => {
    const x = a(run);
    if (x === FAIL) return FAIL;
    const y = b(run);
    return y === FAIL ? FAIL : apply(run, x, y);
  };
}

function mismatch(left: Typed, op: string, right: Typed): Refused {
  return new Refused(`"${op}" does not go between ${named(left.type)} (${left.text}) and ${named(right.type)} (${right.text})`);
}

const ARITHMETIC: Record<string, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

export function arithmetic(op: string, left: Typed, right: Typed, text: string): Typed {
  const calculate = ARITHMETIC[op];
  if (calculate === undefined) throw new Refused(`unknown operator "${op}"`);
  const numbers: Apply = (run, x, y) => {
    if (typeof x !== 'number' || typeof y !== 'number') return wrong(run, op, x, y);
    if (y === 0 && (op === '/' || op === '%')) return fail(run, `division by zero in ${text}`);
    const result = calculate(x, y);
    return Number.isFinite(result) ? result : fail(run, `${text} is too large`);
  };
  const time = timeResult(op, left.type, right.type);
  if (time !== undefined) return { type: time, text, code: both(left, right, numbers) };
  if (op === '+') {
    const type = unify(left.type, right.type);
    if (type?.kind === 'string' || type?.kind === 'list') return { type, text, code: both(left, right, join) };
    if (left.type.kind === 'dyn' || right.type.kind === 'dyn') return dynamicSum(left, right, numbers, text);
  }
  if (!may(left.type, 'number') || !may(right.type, 'number')) throw mismatch(left, op, right);
  return { type: NUMBER, text, code: both(left, right, numbers) };
}

function timeResult(op: string, left: Type, right: Type): Type | undefined {
  const at = (type: Type): boolean => type.kind === 'timestamp';
  const long = (type: Type): boolean => type.kind === 'duration';
  if (op === '-' && at(left) && at(right)) return DURATION;
  if ((op === '-' || op === '+') && at(left) && long(right)) return TIMESTAMP;
  if (op === '+' && long(left) && at(right)) return TIMESTAMP;
  if ((op === '-' || op === '+') && long(left) && long(right)) return DURATION;
  return undefined;
}

function dynamicSum(left: Typed, right: Typed, numbers: Apply, text: string): Typed {
  const known = left.type.kind === 'dyn' ? right.type : left.type;
  if (!['dyn', 'number', 'string', 'list'].includes(known.kind)) throw mismatch(left, '+', right);
  const code = both(left, right, (run, x, y) => (typeof x === 'number' ? numbers(run, x, y) : join(run, x, y)));
  return { type: known.kind === 'list' ? DYN : known, text, code };
}

const join: Apply = (run, x, y) => {
  if (typeof x === 'string' && typeof y === 'string') {
    if (x.length + y.length > MAX_TEXT) return fail(run, 'the text becomes too long');
    return spend(run, textCost(x.length + y.length)) ? x + y : FAIL;
  }
  if (isList(x) && isList(y)) return spend(run, x.length + y.length) ? [...x, ...y] : FAIL;
  return wrong(run, '+', x, y);
};

function wrong(run: Run, op: string, x: unknown, y: unknown): typeof FAIL {
  return fail(run, `"${op}" does not go between ${kindOf(x)} and ${kindOf(y)}`);
}

const ORDERED = ['number', 'string', 'timestamp', 'duration'] as const;
const ORDER: Record<string, (a: number | string, b: number | string) => boolean> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

export function comparison(op: string, left: Typed, right: Typed, text: string): Typed {
  const holds = ORDER[op];
  const type = unify(left.type, right.type);
  if (holds === undefined || type === undefined) throw mismatch(left, op, right);
  if (!ORDERED.some((kind) => may(left.type, kind) && may(right.type, kind))) throw mismatch(left, op, right);
  const code = both(left, right, (run, x, y) => {
    if (typeof x === 'number' && typeof y === 'number') return holds(x, y);
    if (typeof x === 'string' && typeof y === 'string')
      return spend(run, textCost(Math.min(x.length, y.length))) ? holds(x, y) : FAIL;
    return wrong(run, op, x, y);
  });
  return { type: BOOL, text, code };
}

/** Values of different types are not equal; where the types are known beforehand, comparing them is refused. */
export function equality(op: string, left: Typed, right: Typed, text: string): Typed {
  if (unify(left.type, right.type) === undefined) {
    throw incomparable(left, right);
  }
  const wanted = op === '==';
  const code = both(left, right, (run, x, y) => {
    const same = equal(run, x, y);
    return same === FAIL ? FAIL : same === wanted;
  });
  return { type: BOOL, text, code };
}

function incomparable(left: Typed, right: Typed): Refused {
  const kinds = [left.type.kind, right.type.kind];
  if (kinds.includes('dyn')) {
    const [loose, strict] = left.type.kind === 'dyn' ? [left, right] : [right, left];
    return new Refused(`${strict.text} is ${named(strict.type)}: to compare it, write ${strict.type.kind}(${loose.text})`);
  }
  const absent = kinds.includes('null') ? '; to ask whether a field is there, write has(...)' : '';
  return new Refused(
    `${left.text} is ${named(left.type)} and never equals ${right.text}, which is ${named(right.type)}${absent}`,
  );
}

/** `x in list`, `key in map`. */
export function membership(left: Typed, right: Typed, text: string): Typed {
  const { type } = right;
  if (type.kind !== 'list' && type.kind !== 'map' && type.kind !== 'dyn') {
    const hint = type.kind === 'string' ? `; write ${right.text}.contains(...)` : '';
    throw new Refused(`"in" needs a list or a map on its right, but ${right.text} is ${named(type)}${hint}`);
  }
  if (type.kind === 'list' && unify(left.type, type.of) === undefined) throw mismatch(left, 'in', right);
  if (type.kind !== 'list' && !may(left.type, 'string') && type.kind === 'map') throw mismatch(left, 'in', right);
  if (unify(left.type, DYN) === undefined && type.kind === 'dyn') throw mismatch(left, 'in', right);
  const code = both(left, right, (run, x, container) => {
    if (isMap(container)) return typeof x === 'string' && Object.hasOwn(container, x);
    if (!isList(container)) return fail(run, `${right.text} is ${kindOf(container)}, not a list or a map`);
    for (const candidate of container) {
      if (!spend(run, 1)) return FAIL;
      const same = equal(run, x, candidate);
      if (same !== false) return same;
    }
    return false;
  });
  return { type: BOOL, text, code };
}

/** `&&` and `||`: the deciding side decides even where the other one has no value (CEL, logical operators). */
export function logical(op: string, a: Code, b: Code, text: string): Typed {
  const deciding = op === '||';
  const code: Code = (run) => {
    const left = a(run);
    if (left === deciding) return deciding;
    if (left !== FAIL) return b(run);
    const { reason } = run;
    if (b(run) === deciding) return deciding;
    return fail(run, reason);
  };
  return { type: BOOL, text, code };
}

export function negation(operand: Code, text: string): Typed {
  const code: Code = (run) => {
    const value = operand(run);
    return value === FAIL ? FAIL : value !== true;
  };
  return { type: BOOL, text, code };
}

export function minus(operand: Typed, text: string): Typed {
  const { type, code } = operand;
  if (!may(type, 'number') && type.kind !== 'duration')
    throw new Refused(`"-" needs a number, but ${operand.text} is ${named(type)}`);
  const negated: Code = (run) => {
    const value = code(run);
    if (value === FAIL) return FAIL;
    return typeof value === 'number' ? -value : fail(run, `${operand.text} is ${kindOf(value)}, not a number`);
  };
  const result = { type: type.kind === 'duration' ? type : NUMBER, text, code: negated };
  return typeof operand.constant === 'number' ? { ...result, constant: -operand.constant } : result;
}
