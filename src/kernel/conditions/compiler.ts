import type { ASTNode } from '@marcbachmann/cel-js';
import { type Code, FAIL, fail, kindOf, type Run } from './machine.ts';
import { may, named, type Type, type Typed } from './types.ts';

/** Why an expression is refused when it is loaded. Never leaves this folder. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** What the parts of the compiler share while they walk one expression. */
export interface Compiler {
  readonly source: string;
  readonly roots: ReadonlyMap<string, Typed>;
  /** The variable of the comprehension around this place; undefined outside of one. */
  readonly variable: { readonly name: string; readonly type: Type } | undefined;
  /** Parts seen so far: the price of one pass through a body. */
  readonly seen: { count: number };
  compile(node: ASTNode): Typed;
  /** The compiler for the body of a comprehension. */
  inside(name: string, type: Type): Compiler;
}

export function textOf(compiler: Compiler, node: ASTNode): string {
  const text = compiler.source.slice(node.start, node.end);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

export function constant(type: Type, value: unknown, text: string): Typed {
  return { type, text, constant: value, code: () => value };
}

/** Code that is true, false or FAIL, for an operand that must be so. */
export function truth(operand: Typed, what: string): Code {
  if (!may(operand.type, 'bool')) throw new Refused(`${what} needs true or false, but ${operand.text} is ${named(operand.type)}`);
  const { code, text } = operand;
  if (operand.type.kind === 'bool') return code;
  return (run: Run) => {
    const value = code(run);
    return typeof value === 'boolean' || value === FAIL ? value : fail(run, `${text} is ${kindOf(value)}, not true or false`);
  };
}
