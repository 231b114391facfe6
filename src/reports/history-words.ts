import { diffCatalogs } from '../catalog/index.ts';
import type { Rulebook, WhatIf, WhatIfTally } from '../engine/index.ts';
import { NOT_RUN } from './history-changes.ts';
import type { RefusedCount } from './history-model.ts';

type Told = WhatIfTally['refusedEvents'];

/** The most frequent first. */
export function refusedCounts(told: Told): readonly RefusedCount[] {
  return [...told.values()]
    .map(({ id, count, message }) => ({ code: id, count, message }))
    .toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}

/** What the figures take for granted. */
export function assumptionsOf(
  draft: Rulebook,
  { tally }: WhatIf,
  { undone, boosts, covers }: { readonly undone: number; readonly boosts: boolean; readonly covers: boolean },
): readonly string[] {
  const { catalog } = draft;
  const words = [
    'The draft is run as if it had been in force from the first event on; applying it changes nothing that was decided before.',
    'Zones are those that users have now. Days are those that were fixed when the events came.',
    'Events that were refused when they came are not in the log: the draft might have taken them.',
  ];
  const readers = attributeReaders(draft);
  if (readers.length > 0) words.push(`Attributes of users are those of now; they are read by ${readers.join(', ')}.`);
  if (tally.erased > 0) words.push('People who were erased are left out on both sides.');
  if (undone > 0) words.push(`What was undone is left out on both sides: ${undone} events and transfers.`);
  const isPaidByRank = catalog.boards.some(({ rewards }) => rewards.length > 0);
  if (isPaidByRank || draft.achievements.all.some(({ strategy }) => NOT_RUN.has(strategy.kind)))
    words.push('Periods are not closed, and nothing is granted by hand: prizes and what is unlocked by these stay as they are.');
  if (boosts) words.push('Boosts are not run: what they added is missing from what would be.');
  if (covers) words.push('Pauses and restored streaks are not run: streaks that they kept would be shorter.');
  const adjusting = catalog.rules.filter(({ adjusts }) => adjusts.length > 0).map(({ id }) => id);
  if (adjusting.length > 0)
    words.push(`Who sent an event is not kept: ${adjusting.join(', ')} may adjust unless a rule in force did not when it came.`);
  if (tally.leftOut > 0)
    words.push(`${tally.leftOut} transfers follow from what was decided when they came, and are left out of the run.`);
  return words;
}

/** Definitions whose expressions name attributes: `multipliers vip`. */
function attributeReaders({ catalog }: Rulebook): readonly string[] {
  return diffCatalogs(null, catalog)
    .filter(({ after }) => after?.includes('user.attributes') === true)
    .map(({ noun, id }) => `${noun} ${id}`);
}

/** What deserves a second look. */
export function warningsOf({ catalog }: Rulebook, { tally }: WhatIf): readonly string[] {
  const { fired, limited, failed, refusedEvents, refusedTransfers } = tally;
  const words: string[] = [];
  for (const { id } of catalog.rules) {
    const gave = fired.get(id) ?? 0;
    const kept = limited.get(id) ?? 0;
    if (tally.events > 0 && gave + kept === 0 && !paid(tally, id)) words.push(`Rule ${id} never fires.`);
    if (kept > gave) words.push(`Limits keep rule ${id} from paying ${kept} times of ${gave + kept}: more than half.`);
  }
  for (const { id, count, message } of failed.values())
    words.push(
      `A condition of ${id} has no value ${count} ${count === 1 ? 'time' : 'times'}${message === '' ? '' : `; first: ${message}`}.`,
    );
  for (const { code, count, message } of refusedCounts(refusedEvents))
    words.push(`The draft refuses ${count} ${count === 1 ? 'event' : 'events'} (${code}); first: ${message}.`);
  for (const { code, count, message } of refusedCounts(refusedTransfers))
    words.push(`The draft refuses ${count} ${count === 1 ? 'transfer' : 'transfers'} (${code}); first: ${message}.`);
  return words;
}

/** Also by what was announced about a transfer, which is no event. */
function paid({ paid: sums }: WhatIfTally, rule: string): boolean {
  for (const sum of sums.values()) if (sum.rule === rule) return true;
  return false;
}
