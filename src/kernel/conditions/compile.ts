import type { ASTNode } from '@marcbachmann/cel-js';
import { didYouMean } from '../closest.ts';
import { element, field } from './access.ts';
import { type Compiler, constant, Refused, textOf, truth } from './compiler.ts';
import { comprehension, has, isComprehension } from './comprehensions.ts';
import { callFunction } from './functions.ts';
import { listLiteral, mapLiteral } from './literals.ts';
import { FAIL } from './machine.ts';
import { callMethod } from './methods.ts';
import { arithmetic, comparison, equality, logical, membership, minus, negation } from './operators.ts';
import { parse } from './syntax.ts';
import { BOOL, named, NULL, NUMBER, STRING, type Type, type Typed, unify } from './types.ts';

/** Parts on the longest path through an expression: deep enough for 200 conditions in a row. */
const MAX_NESTING = 250;

/** Throws Refused. */
export function compileSource(source: string, roots: ReadonlyMap<string, Typed>): Typed {
  return compileNode(source, parse(source), roots);
}

/** A part of a source by itself. Throws Refused. */
export function compileNode(source: string, node: ASTNode, roots: ReadonlyMap<string, Typed>): Typed {
  return compilerFor(source, roots, { count: 0, depth: 0 }, undefined).compile(node);
}

function compilerFor(
  source: string,
  roots: Compiler['roots'],
  seen: { count: number; depth: number },
  variable: Compiler['variable'],
): Compiler {
  const compiler: Compiler = {
    source,
    roots,
    variable,
    seen,
    compile(node) {
      seen.count += 1;
      seen.depth += 1;
      if (seen.depth > MAX_NESTING) throw new Refused('the expression is nested too deep');
      const typed = build(compiler, node, textOf(compiler, node));
      seen.depth -= 1;
      return typed;
    },
    inside: (name: string, type: Type) => compilerFor(source, roots, seen, { name, type }),
  };
  return compiler;
}

function build(compiler: Compiler, node: ASTNode, text: string): Typed {
  const value = (part: ASTNode): Typed => asValue(compiler.compile(part));
  switch (node.op) {
    case 'value':
      return literal(node.args, text);
    case 'id':
      return identifier(compiler, node.args);
    case '.':
      return field(compiler.compile(node.args[0]), node.args[1], text);
    case '[]':
      return element(compiler.compile(node.args[0]), value(node.args[1]), text);
    case 'list':
      return listLiteral(node.args.map(value), text);
    case 'map':
      return mapLiteral(
        node.args.map(([key, entry]) => [value(key), value(entry)]),
        text,
      );
    case '!_':
      return negation(truth(value(node.args), '"!"'), text);
    case '-_':
      return minus(value(node.args), text);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return arithmetic(node.op, value(node.args[0]), value(node.args[1]), text);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return comparison(node.op, value(node.args[0]), value(node.args[1]), text);
    case '==':
    case '!=':
      return equality(node.op, value(node.args[0]), value(node.args[1]), text);
    case 'in':
      return membership(value(node.args[0]), value(node.args[1]), text);
    case '&&':
    case '||': {
      const what = `"${node.op}"`;
      return logical(node.op, truth(value(node.args[0]), what), truth(value(node.args[1]), what), text);
    }
    case '?:':
      return ternary(value(node.args[0]), value(node.args[1]), value(node.args[2]), text);
    case 'call': {
      const [name, args] = node.args;
      refuseRegex(name);
      return name === 'has' ? has(compiler, args, text) : callFunction(name, args.map(value), text);
    }
    case 'rcall': {
      const [name, receiver, args] = node.args;
      refuseRegex(name);
      if (isComprehension(name, args)) return comprehension(compiler, name, receiver, args, text);
      return callMethod(name, value(receiver), args.map(value), text);
    }
    default:
      throw new Refused(`${text} is not supported`);
  }
}

function refuseRegex(name: string): void {
  if (name === 'matches')
    throw new Refused('regular expressions are refused: matches() may run for minutes; use startsWith, endsWith or contains');
}

function asValue(typed: Typed): Typed {
  if (typed.type.kind !== 'record') return typed;
  const members = [...typed.type.members.keys()].slice(0, 20).join(', ');
  throw new Refused(`${typed.text} is ${named(typed.type)}, no value: name one of them (${members})`);
}

function literal(value: unknown, text: string): Typed {
  switch (typeof value) {
    case 'bigint': {
      const number = Number(value);
      if (!Number.isSafeInteger(number)) throw new Refused(`${text} is beyond 2^53 − 1, the largest exact integer`);
      return constant(NUMBER, number, text);
    }
    case 'number':
      return constant(NUMBER, value, text);
    case 'string':
      return constant(STRING, value, text);
    case 'boolean':
      return constant(BOOL, value, text);
    default:
      if (value === null) return constant(NULL, null, text);
      throw new Refused(`${text}: bytes and unsigned numbers are not supported`);
  }
}

function identifier(compiler: Compiler, name: string): Typed {
  const { variable, roots } = compiler;
  if (variable?.name === name) return { type: variable.type, text: name, code: (run) => run.item };
  const root = roots.get(name);
  if (root !== undefined) return { ...root, text: name };
  const known = [...roots.keys(), ...(variable === undefined ? [] : [variable.name])];
  throw new Refused(`unknown name "${name}"${didYouMean(name, known) || `; known are ${known.join(', ')}`}`);
}

function ternary(condition: Typed, yes: Typed, no: Typed, text: string): Typed {
  const decide = truth(condition, '"?"');
  const type = unify(yes.type, no.type);
  if (type === undefined)
    throw new Refused(
      `both sides of ":" must be of one type, but ${yes.text} is ${named(yes.type)} and ${no.text} is ${named(no.type)}`,
    );
  return {
    type,
    text,
    code: (run) => {
      const value = decide(run);
      return value === FAIL ? FAIL : value === true ? yes.code(run) : no.code(run);
    },
  };
}
