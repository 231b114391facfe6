import { didYouMean } from '../kernel/closest.ts';
import { type DocumentNode, type Faults, list, report, text } from '../kernel/document.ts';
import { isKnown } from '../kernel/document-names.ts';
import type { Achievement, Requirement } from './model.ts';

/** A reference to an achievement, and where it stands. */
export interface PlacedRequirement {
  readonly requirement: Requirement;
  readonly node: DocumentNode;
}

/** An achievement as far as it could be read, and what it requires and is made of. */
export interface Placed {
  readonly id: string;
  readonly achievement: Achievement | undefined;
  readonly requires: readonly PlacedRequirement[];
}

const REFERENCE = 'the id of an achievement, as in committer, or one of its tiers, as in committer.gold';

/** `[committer, reviewer.gold]`. */
export function requirementsAt(faults: Faults, node: DocumentNode): readonly PlacedRequirement[] {
  return (list(faults, node, 'a list of achievements, as in [committer]') ?? []).flatMap((item) => {
    const given = text(faults, item, REFERENCE);
    if (given === undefined) return [];
    const [achievement = '', tier = null, ...more] = given.split('.');
    if (more.length > 0 || achievement === '' || tier === '') return report(faults, item, `expected ${REFERENCE}`) ?? [];
    return [{ requirement: { achievement, tier }, node: item }];
  });
}

export function referenceText({ achievement, tier }: Requirement): string {
  return tier === null ? achievement : `${achievement}.${tier}`;
}
/** References that name nothing, and achievements that wait for one another for ever. */
export function reportRequirements(faults: Faults, all: readonly Placed[]): void {
  const byId = new Map(all.map((placed) => [placed.id, placed]));
  const ids = new Set(byId.keys());
  for (const { requires } of all) {
    for (const { requirement, node } of requires) {
      const { achievement: id, tier } = requirement;
      if (!isKnown(faults, node, 'achievement', id, ids) || tier === null) continue;
      const tiers = byId.get(id)?.achievement?.tiers.map((each) => each.id) ?? [];
      if (tiers.length > 0 && !tiers.includes(tier)) {
        report(faults, node, `"${id}" has no tier "${tier}"${didYouMean(tier, tiers) || `; its tiers are ${tiers.join(', ')}`}`);
      }
    }
  }
  reportCycles(faults, byId);
}

/** Depth first, without recursion: a chain may be as long as the catalog. */
function reportCycles(faults: Faults, byId: ReadonlyMap<string, Placed>): void {
  const done = new Set<string>();
  for (const start of byId.keys()) {
    const path: { readonly id: string; next: number }[] = done.has(start) ? [] : [{ id: start, next: 0 }];
    while (path.length > 0) {
      const at = path.at(-1) as { readonly id: string; next: number };
      const edge = byId.get(at.id)?.requires[at.next];
      at.next += 1;
      if (edge === undefined) {
        done.add(at.id);
        path.pop();
        continue;
      }
      const { achievement: id } = edge.requirement;
      const since = path.findIndex((step) => step.id === id);
      if (since >= 0) {
        const round = [...path.slice(since).map((step) => step.id), id].join(' → ');
        report(faults, edge.node, `achievements require one another, so none can be unlocked: ${round}`);
      } else if (!done.has(id) && byId.has(id)) path.push({ id, next: 0 });
    }
  }
}
