import { didYouMean } from '../closest.ts';
import { parseTime } from '../time.ts';
import { constant, Refused } from './compiler.ts';
import { parseDuration } from './duration.ts';
import { FAIL, fail, isList, kindOf, type Run, spend } from './machine.ts';
import { sizeOf } from './size.ts';
import { DURATION, may, named, NUMBER, STRING, TIMESTAMP, type Typed } from './types.ts';

/** Functions of the form `name(argument, ...)`; `has` is with the comprehensions. */
type Build = (args: readonly Typed[], text: string) => Typed;

function only(args: readonly Typed[], name: string): Typed {
  const [first] = args;
  if (first === undefined || args.length > 1) throw new Refused(`${name}() takes one argument`);
  return first;
}

/** A function of one number. What is no finite number has no value. */
function numeric(name: string, apply: (value: number) => number): Build {
  return (args, text) => {
    const operand = only(args, name);
    if (!may(operand.type, 'number'))
      throw new Refused(`${name}() needs a number, but ${operand.text} is ${named(operand.type)}`);
    const { code } = operand;
    return {
      type: NUMBER,
      text,
      code: (run) => {
        const value = code(run);
        if (value === FAIL) return FAIL;
        if (typeof value !== 'number') return fail(run, `${operand.text} is ${kindOf(value)}, not a number`);
        const result = apply(value);
        return Number.isFinite(result) ? result : fail(run, `${text} is no number`);
      },
    };
  };
}

/** `min` and `max`, of numbers or of one list of numbers. */
function extreme(name: string, apply: (a: number, b: number) => number): Build {
  return (args, text) => {
    const [first] = args;
    if (first === undefined) throw new Refused(`${name}() needs at least one argument`);
    const ofList = args.length === 1 && (first.type.kind === 'list' || first.type.kind === 'dyn');
    for (const operand of args) {
      const inner = ofList && operand.type.kind === 'list' ? operand.type.of : operand.type;
      if (!may(inner, 'number')) throw new Refused(`${name}() needs numbers, but ${operand.text} is ${named(operand.type)}`);
    }
    const fold = (run: Run, values: readonly unknown[]): unknown => {
      let result: number | undefined;
      if (!spend(run, values.length)) return FAIL;
      for (const value of values) {
        if (typeof value !== 'number') return fail(run, `${name}() needs numbers, but one is ${kindOf(value)}`);
        result = result === undefined ? value : apply(result, value);
      }
      return result ?? fail(run, `${text} is of an empty list`);
    };
    return {
      type: NUMBER,
      text,
      code: (run) => {
        const values: unknown[] = [];
        for (const { code } of args) {
          const value = code(run);
          if (value === FAIL) return FAIL;
          values.push(value);
        }
        return fold(run, ofList && isList(values[0]) ? values[0] : values);
      },
    };
  };
}

/** A conversion; of a constant it is done at load, so that a bad timestamp is a fault of the catalog. */
function conversion(name: string, type: Typed['type'], from: readonly string[], apply: (value: unknown) => unknown): Build {
  return (args, text) => {
    const operand = only(args, name);
    if (![...from, 'dyn'].includes(operand.type.kind))
      throw new Refused(`${name}() does not take ${named(operand.type)} (${operand.text})`);
    const refusal = `${operand.text} cannot be read by ${name}()`;
    if (operand.constant !== undefined) {
      const value = apply(operand.constant);
      if (value === undefined) throw new Refused(refusal);
      return constant(type, value, text);
    }
    const { code } = operand;
    return {
      type,
      text,
      code: (run) => {
        const value = code(run);
        return value === FAIL ? FAIL : (apply(value) ?? fail(run, refusal));
      },
    };
  };
}

const DECIMAL = /^[+-]?\d{1,20}(\.\d{1,20})?$/;

function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.length <= 50 && DECIMAL.test(value) ? Number(value) : undefined;
}

function toText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

const FUNCTIONS: ReadonlyMap<string, Build> = new Map<string, Build>([
  ['floor', numeric('floor', Math.floor)],
  ['ceil', numeric('ceil', Math.ceil)],
  ['round', numeric('round', (value) => Math.sign(value) * Math.round(Math.abs(value)))],
  ['sqrt', numeric('sqrt', Math.sqrt)],
  ['abs', numeric('abs', Math.abs)],
  ['min', extreme('min', Math.min)],
  ['max', extreme('max', Math.max)],
  ['size', (args, text) => sizeOf(only(args, 'size'), text)],
  ['string', conversion('string', STRING, ['string', 'number', 'bool'], toText)],
  ['double', conversion('double', NUMBER, ['string', 'number'], toNumber)],
  [
    'int',
    conversion('int', NUMBER, ['string', 'number'], (value) => {
      const number = toNumber(value);
      return number === undefined ? undefined : Math.trunc(number);
    }),
  ],
  [
    'timestamp',
    conversion('timestamp', TIMESTAMP, ['string'], (value) => (typeof value === 'string' ? parseTime(value)?.ms : undefined)),
  ],
  [
    'duration',
    conversion('duration', DURATION, ['string'], (value) => (typeof value === 'string' ? parseDuration(value) : undefined)),
  ],
]);

export function callFunction(name: string, args: readonly Typed[], text: string): Typed {
  const build = FUNCTIONS.get(name);
  if (build === undefined) {
    throw new Refused(`unknown function ${name}()${didYouMean(name, [...FUNCTIONS.keys(), 'has'])}`);
  }
  return build(args, text);
}
