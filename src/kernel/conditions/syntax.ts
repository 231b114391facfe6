import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js';
import { Refused } from './compiler.ts';

/**
 * The library parses; checking and running are ours. Its own checker keeps integers and doubles apart, which
 * the numbers of JSON do not, and its evaluator knows no bound on time: `list.all(x, x in list)` over one
 * event of 256 kB runs for minutes.
 */
const MAX_SOURCE = 2_000;
const MAX_LIST = 1_000;

const parser = new Environment({
  limits: { maxAstNodes: 2_000, maxDepth: 50, maxListElements: MAX_LIST, maxMapEntries: MAX_LIST },
});

/** Throws Refused. */
export function parse(source: string): ASTNode {
  if (source.length > MAX_SOURCE)
    throw new Refused(`an expression has at most ${MAX_SOURCE} characters; this one has ${source.length}`);
  if (source.trim() === '') throw new Refused('the expression is empty');
  try {
    return parser.parse(source).ast;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    if (error.code === 'limit_exceeded') {
      if (error.summary.includes('maxListElements')) throw new Refused(`a list has at most ${MAX_LIST} elements`);
      throw new Refused(`the expression is too large: ${error.summary}`);
    }
    const at = error.range === undefined ? '' : ` at character ${error.range.start + 1}`;
    throw new Refused(`not an expression: ${error.summary}${at}`);
  }
}
