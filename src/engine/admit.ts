import { checkData, type Submission } from '../events/index.ts';
import { type Outcome, refused } from '../kernel/outcome.ts';
import type { Rulebook } from './rulebook.ts';

/** What only a catalog can tell is wrong with an event. */
export function admit({ type, data }: Pick<Submission, 'type' | 'data'>, catalog: Rulebook['catalog']): Outcome<null> {
  const declaration = catalog.events.get(type);
  if (declaration !== undefined) return checkData(declaration, data);
  if (!catalog.strictEvents) return { ok: true, value: null };
  return refused({ code: 'unknown_type', path: '/type', message: `the catalog does not declare ${type}` });
}
