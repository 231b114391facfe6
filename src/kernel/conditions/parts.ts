import type { ASTNode } from '@marcbachmann/cel-js';
import { formatTime } from '../time.ts';
import { compileNode } from './compile.ts';
import { Refused } from './compiler.ts';
import { FAIL, FUEL, kindOf, type Run } from './machine.ts';
import type { Evaluated, Expression, Scope } from './model.ts';
import { roots } from './scope.ts';
import { parse } from './syntax.ts';
import type { Typed } from './types.ts';

/** Where an expression may read: what is stored with an event, or what may be another thing today. */
export type Root = 'event' | 'user' | 'metrics' | 'now';

/** Something that a condition reads, such as `event.data.files`. Moments are told as RFC 3339. */
export interface ReadPart extends Expression<unknown> {
  readonly root: Root;
}

/** One of the parts that all have to hold: what stands between the outermost `&&`. */
export interface ConditionPart extends Expression<boolean> {
  readonly reads: readonly ReadPart[];
}

/** A condition in the parts that all have to hold. It was compiled before, with these metrics. */
export function partsOf(source: string, metrics: readonly string[]): readonly ConditionPart[] {
  const names = roots({ data: null, metrics });
  return conjuncts(parse(source)).map((node) => ({
    source: textAround(source, node),
    evaluate: evaluator(compileNode(source, node, names), (value) => typeof value === 'boolean', 'true or false'),
    reads: readsOf(source, node, names),
  }));
}

function conjuncts(node: ASTNode): readonly ASTNode[] {
  return node.op === '&&' ? node.args.flatMap(conjuncts) : [node];
}

function evaluator<T>({ code, type }: Typed, is: (value: unknown) => boolean, expected: string): Expression<T>['evaluate'] {
  return (scope: Scope): Evaluated<T> => {
    const run: Run = { scope, value: 0, item: undefined, fuel: FUEL, reason: '' };
    const value = code(run);
    if (value === FAIL) return { ok: false, reason: run.reason };
    if (!is(value)) return { ok: false, reason: `the result is ${kindOf(value)}, not ${expected}` };
    const told = type.kind === 'timestamp' && typeof value === 'number' ? formatTime(value) : value;
    return { ok: true, value: told as T };
  };
}

/** Each place once, in the order of the text. */
function readsOf(source: string, node: ASTNode, names: ReadonlyMap<string, Typed>): readonly ReadPart[] {
  const reads = new Map<string, ReadPart>();
  for (const place of placesIn(node)) {
    const root = rootOf(place) as Root;
    const text = textAround(source, place);
    const typed = compiled(source, place, names);
    // A part of the scope is no value, and a field of a variable is not a place.
    if (typed === undefined || typed.type.kind === 'record') continue;
    reads.set(text, { source: text, root, evaluate: evaluator(typed, () => true, 'a value') });
  }
  return [...reads.values()];
}

function compiled(source: string, node: ASTNode, names: ReadonlyMap<string, Typed>): Typed | undefined {
  try {
    return compileNode(source, node, names);
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

const ROOTS: ReadonlySet<string> = new Set<Root>(['event', 'user', 'metrics', 'now']);

/** The longest chains of members that begin at a root. */
function placesIn(node: ASTNode): readonly ASTNode[] {
  return rootOf(node) === undefined ? childrenOf(node).flatMap(placesIn) : [node];
}

function rootOf(node: ASTNode): string | undefined {
  if (node.op === 'id') return ROOTS.has(node.args) ? node.args : undefined;
  if (node.op === '.') return rootOf(node.args[0]);
  if (node.op === '[]' && node.args[1].op === 'value') return rootOf(node.args[0]);
  return undefined;
}

function childrenOf({ args }: ASTNode): readonly ASTNode[] {
  return nodesIn(args);
}

function nodesIn(part: unknown): readonly ASTNode[] {
  if (Array.isArray(part)) return part.flatMap(nodesIn);
  return typeof part === 'object' && part !== null && 'op' in part ? [part as ASTNode] : [];
}

const QUOTED = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g;

/** The text of a node, with the parentheses that the parser leaves out of it but that its text needs. */
function textAround(source: string, { start, end }: ASTNode): string {
  let [open, unopened] = [0, 0];
  for (const character of source.slice(start, end).replaceAll(QUOTED, '')) {
    if (character === '(') open += 1;
    else if (character === ')' && open > 0) open -= 1;
    else if (character === ')') unopened += 1;
  }
  let [from, to] = [start, end];
  for (; unopened > 0 && from > 0; from -= 1) if (source[from - 1] === '(') unopened -= 1;
  for (; open > 0 && to < source.length; to += 1) if (source[to] === ')') open -= 1;
  return source.slice(from, to).trim();
}
