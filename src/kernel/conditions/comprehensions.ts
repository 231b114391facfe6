import type { ASTNode } from '@marcbachmann/cel-js';
import { hasField } from './access.ts';
import { type Compiler, Refused, textOf, truth } from './compiler.ts';
import { type Code, FAIL, fail, isList, isMap, kindOf, type Run, spend } from './machine.ts';
import { BOOL, DYN, named, STRING, type Type, type Typed } from './types.ts';

/** Loops over the elements of a list or the keys of a map: `scores.all(x, x > 0)`. */
const LOOPS = ['all', 'exists', 'exists_one', 'filter', 'map'];

export function isComprehension(name: string, args: readonly ASTNode[]): boolean {
  return LOOPS.includes(name) && (args.length === 2 || (name === 'map' && args.length === 3));
}

export function comprehension(
  compiler: Compiler,
  name: string,
  receiver: ASTNode,
  args: readonly ASTNode[],
  text: string,
): Typed {
  if (compiler.variable !== undefined)
    throw new Refused(`nested comprehensions are refused: .${name}() stands inside of another one`);
  const [variable, first, second] = args;
  if (variable?.op !== 'id' || first === undefined)
    throw new Refused(`.${name}() needs the name of a variable first, as in .${name}(x, ...)`);
  if (compiler.roots.has(variable.args))
    throw new Refused(`"${variable.args}" has a meaning already; name the variable otherwise`);
  const range = compiler.compile(receiver);
  const inner = compiler.inside(variable.args, elementType(range));
  const before = compiler.seen.count;
  const body = inner.compile(first);
  const mapped = second === undefined ? undefined : inner.compile(second);
  const price = 1 + compiler.seen.count - before;
  const loop = (each: Each): Code => looping(range, price, each);
  switch (name) {
    case 'all':
      return { type: BOOL, text, code: quantifier(loop, truth(body, '.all()'), false) };
    case 'exists':
      return { type: BOOL, text, code: quantifier(loop, truth(body, '.exists()'), true) };
    case 'exists_one':
      return { type: BOOL, text, code: counting(loop, truth(body, '.exists_one()')) };
    case 'filter':
      return collecting(loop, truth(body, '.filter()'), { type: elementType(range), text: '', code: (run) => run.item }, text);
    default:
      return mapped === undefined
        ? collecting(loop, () => true, body, text)
        : collecting(loop, truth(body, '.map()'), mapped, text);
  }
}

/** `has(event.data.name)`: whether the field is there. */
export function has(compiler: Compiler, args: readonly ASTNode[], text: string): Typed {
  const [target] = args;
  if (args.length !== 1 || target?.op !== '.') throw new Refused('has() takes one field, as in has(event.data.name)');
  const [base, name] = target.args;
  return { type: BOOL, text: text || textOf(compiler, target), code: hasField(compiler.compile(base), name) };
}

function elementType(range: Typed): Type {
  switch (range.type.kind) {
    case 'list':
      return range.type.of;
    case 'map':
      return STRING;
    case 'dyn':
      return DYN;
    default:
      throw new Refused(`only a list or a map can be gone through, but ${range.text} is ${named(range.type)}`);
  }
}

type Items = (run: Run, next: () => boolean) => unknown;
/** Goes through the items: `next` moves on and is false at the end. */
type Each = Items;

function looping(range: Typed, price: number, each: Each): Code {
  return (run) => {
    const value = range.code(run);
    if (value === FAIL) return FAIL;
    if (!isList(value) && !isMap(value)) return fail(run, `${range.text} is ${kindOf(value)}, not a list or a map`);
    const items = isList(value) ? value : Object.keys(value);
    // Paid beforehand: a loop that cannot end within its means does not begin.
    if (!spend(run, items.length * price)) return FAIL;
    let at = 0;
    return each(run, () => {
      if (at >= items.length) return false;
      run.item = items[at];
      at += 1;
      return true;
    });
  };
}

/** The deciding answer ends the loop, and stands even where other elements have no value (CEL, `all` and `exists`). */
function quantifier(loop: (each: Each) => Code, body: Code, deciding: boolean): Code {
  return loop((run, next) => {
    let failed: string | undefined;
    while (next()) {
      const value = body(run);
      if (value === deciding) return deciding;
      if (value === FAIL) failed ??= run.reason;
    }
    return failed === undefined ? !deciding : fail(run, failed);
  });
}

function counting(loop: (each: Each) => Code, body: Code): Code {
  return loop((run, next) => {
    let count = 0;
    while (next()) {
      const value = body(run);
      if (value === FAIL) return FAIL;
      if (value === true) count += 1;
    }
    return count === 1;
  });
}

function collecting(loop: (each: Each) => Code, wanted: Code, result: Typed, text: string): Typed {
  const code = loop((run, next) => {
    const list: unknown[] = [];
    while (next()) {
      const keep = wanted(run);
      if (keep === FAIL) return FAIL;
      if (keep !== true) continue;
      const value = result.code(run);
      if (value === FAIL) return FAIL;
      list.push(value);
    }
    return list;
  });
  return { type: { kind: 'list', of: result.type }, text, code };
}
