import { didYouMean } from '../closest.ts';
import { Refused } from './compiler.ts';
import { FAIL, fail, isList, kindOf, MAX_TEXT, type Run, spend, textCost } from './machine.ts';
import { sizeOf } from './size.ts';
import { TIME_METHODS, timeMethod } from './time-methods.ts';
import { BOOL, LIST, named, NUMBER, STRING, type Type, type Typed, unify } from './types.ts';

/** Functions of the form `value.name(argument, ...)` on text and lists. Places in a text count UTF-16 units. */
interface Method {
  readonly on: Type;
  readonly args: readonly Type[];
  /** How many of `args` may be left out, from the end. */
  readonly optional?: number;
  readonly result: Type;
  apply(run: Run, on: never, ...args: never[]): unknown;
}

/** Searching is n·m at worst, so that is its price. */
function search(run: Run, text: string, part: string): boolean {
  return spend(run, textCost(text.length * Math.max(1, Math.min(part.length, text.length - part.length))));
}

function cut(run: Run, text: string, from: number, to: number): unknown {
  const valid = Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from <= to && to <= text.length;
  return valid ? text.slice(from, to) : fail(run, `the text has no part from ${from} to ${to}`);
}

function letters(pattern: RegExp, change: (letter: string) => string): Pick<Method, 'apply'> {
  return { apply: (run: Run, text: string) => (spend(run, textCost(text.length * 4)) ? text.replace(pattern, change) : FAIL) };
}

function joinAll(run: Run, list: readonly unknown[], separator = ''): unknown {
  let length = 0;
  if (!spend(run, list.length)) return FAIL;
  for (const part of list) {
    if (typeof part !== 'string') return fail(run, `join() needs text, but one element is ${kindOf(part)}`);
    length += part.length + separator.length;
  }
  if (length > MAX_TEXT) return fail(run, 'the text becomes too long');
  return spend(run, textCost(length)) ? list.join(separator) : FAIL;
}

const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  [
    'startsWith',
    {
      on: STRING,
      args: [STRING],
      result: BOOL,
      apply: (run: Run, text: string, part: string) => (spend(run, textCost(part.length)) ? text.startsWith(part) : FAIL),
    },
  ],
  [
    'endsWith',
    {
      on: STRING,
      args: [STRING],
      result: BOOL,
      apply: (run: Run, text: string, part: string) => (spend(run, textCost(part.length)) ? text.endsWith(part) : FAIL),
    },
  ],
  [
    'contains',
    {
      on: STRING,
      args: [STRING],
      result: BOOL,
      apply: (run: Run, text: string, part: string) => (search(run, text, part) ? text.includes(part) : FAIL),
    },
  ],
  [
    'indexOf',
    {
      on: STRING,
      args: [STRING],
      result: NUMBER,
      apply: (run: Run, text: string, part: string) => (search(run, text, part) ? text.indexOf(part) : FAIL),
    },
  ],
  [
    'lastIndexOf',
    {
      on: STRING,
      args: [STRING],
      result: NUMBER,
      apply: (run: Run, text: string, part: string) => (search(run, text, part) ? text.lastIndexOf(part) : FAIL),
    },
  ],
  [
    'substring',
    {
      on: STRING,
      args: [NUMBER, NUMBER],
      optional: 1,
      result: STRING,
      apply: (run: Run, text: string, from: number, to = text.length) => cut(run, text, from, to),
    },
  ],
  [
    'trim',
    {
      on: STRING,
      args: [],
      result: STRING,
      apply: (run: Run, text: string) => (spend(run, textCost(text.length)) ? text.trim() : FAIL),
    },
  ],
  ['lowerAscii', { on: STRING, args: [], result: STRING, ...letters(/[A-Z]+/g, (part) => part.toLowerCase()) }],
  ['upperAscii', { on: STRING, args: [], result: STRING, ...letters(/[a-z]+/g, (part) => part.toUpperCase()) }],
  [
    'split',
    {
      on: STRING,
      args: [STRING],
      result: { kind: 'list', of: STRING },
      apply: (run: Run, text: string, by: string) => (spend(run, text.length) && search(run, text, by) ? text.split(by) : FAIL),
    },
  ],
  ['join', { on: LIST, args: [STRING], optional: 1, result: STRING, apply: joinAll }],
]);

const NAMES = [...METHODS.keys(), ...TIME_METHODS, 'size', 'all', 'exists', 'exists_one', 'filter', 'map'];

export function callMethod(name: string, on: Typed, args: readonly Typed[], text: string): Typed {
  if (name === 'size' && args.length === 0) return sizeOf(on, text);
  if (on.type.kind === 'timestamp' || on.type.kind === 'duration') return timeMethod(name, on, args, text);
  const method = METHODS.get(name);
  if (method === undefined) {
    if (TIME_METHODS.includes(name))
      throw new Refused(`.${name}() is of timestamps, but ${on.text} is ${named(on.type)}; write timestamp(${on.text})`);
    throw new Refused(`unknown function .${name}()${didYouMean(name, NAMES)}`);
  }
  if (unify(on.type, method.on) === undefined)
    throw new Refused(`.${name}() needs ${named(method.on)}, but ${on.text} is ${named(on.type)}`);
  const least = method.args.length - (method.optional ?? 0);
  if (args.length < least || args.length > method.args.length) {
    throw new Refused(`.${name}() takes ${least === method.args.length ? least : `${least} or ${method.args.length}`} arguments`);
  }
  for (const [i, arg] of args.entries()) {
    const wanted = method.args[i] as Type;
    if (unify(arg.type, wanted) === undefined)
      throw new Refused(`.${name}() needs ${named(wanted)} as argument ${i + 1}, but ${arg.text} is ${named(arg.type)}`);
  }
  return { type: method.result, text, code: runner(name, method, on, args) };
}

function runner(name: string, method: Method, on: Typed, args: readonly Typed[]): Typed['code'] {
  const apply = method.apply as (run: Run, ...values: unknown[]) => unknown;
  const operands = [on, ...args];
  const wanted = [method.on, ...method.args];
  return (run) => {
    const values: unknown[] = [];
    for (const [i, operand] of operands.entries()) {
      const value = operand.code(run);
      if (value === FAIL) return FAIL;
      const type = wanted[i] as Type;
      if (type.kind === 'list' ? !isList(value) : typeof value !== type.kind) {
        return fail(run, `.${name}() needs ${named(type)}, but ${operand.text} is ${kindOf(value)}`);
      }
      values.push(value);
    }
    return apply(run, ...values);
  };
}
