import {
  compileComputed,
  compileCondition,
  type Compiled,
  compileFormula,
  compileSingle,
  type Computed,
  type Condition,
  type Declarations,
  type Formula,
  type Single,
} from './conditions/index.ts';
import { type DocumentNode, type Faults, isFull, report, text } from './document.ts';

/** Expressions in a document: a fault of the expression is a fault of the node. */

/** Longer ones are refused by the compiler with its own message. */
const MAX_READ = 1_000_000;

export function conditionAt(faults: Faults, node: DocumentNode, declarations: Declarations): Condition | undefined {
  return compiled(faults, node, "a condition in quotes, such as 'event.data.files > 0'", (source) =>
    compileCondition(source, declarations),
  );
}

export function computedAt(faults: Faults, node: DocumentNode, declarations: Declarations, what: string): Computed | undefined {
  return compiled(faults, node, what, (source) => compileComputed(source, declarations));
}

export function formulaAt(faults: Faults, node: DocumentNode, what: string): Formula | undefined {
  return compiled(faults, node, what, compileFormula);
}

export function singleAt(faults: Faults, node: DocumentNode, declarations: Declarations, what: string): Single | undefined {
  return compiled(faults, node, what, (source) => compileSingle(source, declarations));
}

function compiled<E>(faults: Faults, node: DocumentNode, what: string, compile: (source: string) => Compiled<E>): E | undefined {
  const source = text(faults, node, what, MAX_READ);
  if (source === undefined || isFull(faults)) return undefined;
  const result = compile(source);
  return result.ok ? result.expression : report(faults, node, result.message);
}
