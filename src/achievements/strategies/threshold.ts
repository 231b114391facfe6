import { type DocumentNode, type Faults, required } from '../../kernel/document.ts';
import { reference } from '../../kernel/document-names.ts';
import type { Strategy } from '../model.ts';

/** Progress is the value of one metric: `metric: commits`. */
export function parseThreshold(
  faults: Faults,
  node: DocumentNode,
  entries: ReadonlyMap<string, DocumentNode>,
  metrics: Iterable<string>,
): Strategy | undefined {
  const given = required(faults, node, entries, 'metric');
  const metric = given === undefined ? undefined : reference(faults, given, 'metric', metrics);
  return metric === undefined ? undefined : { kind: 'threshold', metrics: [metric], progress: (view) => view.metric(metric) };
}
