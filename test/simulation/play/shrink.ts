import type { Action } from './actions.ts';

/** Every event an action of its own. */
export function pieces(actions: readonly Action[]): readonly Action[] {
  return actions.flatMap((action): readonly Action[] =>
    action.do === 'events' ? action.events.map((event) => ({ ...action, events: [event] })) : [action],
  );
}

/** Leaves out, in ever smaller pieces, what is not needed to fail. */
export async function shrink<T>(all: readonly T[], fails: (fewer: readonly T[]) => Promise<boolean>): Promise<readonly T[]> {
  let needed = all;
  for (let size = Math.ceil(all.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < needed.length; ) {
      const fewer = needed.toSpliced(at, size);
      if (await fails(fewer)) needed = fewer;
      else at += size;
    }
  }
  return needed;
}
