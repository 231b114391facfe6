import {
  describeAchievement,
  describeBoard,
  describeCurrency,
  describeEvent,
  describeMultiplier,
  describeRule,
  describeUndo,
} from './describe.ts';
import type { Catalog, CatalogChange } from './model.ts';

type Texts = ReadonlyMap<string, string>;

/** Each noun's definitions as text, in the order in which changes are told. */
function nouns(catalog: Catalog | null): readonly (readonly [string, Texts])[] {
  const settings =
    catalog === null
      ? []
      : (['name', 'timezone', 'rounding', 'strictEvents'] as const).map((key) => [key, String(catalog[key])] as const);
  return [
    ['settings', new Map(settings)],
    ['currencies', new Map([...(catalog?.currencies ?? [])].map(([code, currency]) => [code, describeCurrency(currency)]))],
    ['events', new Map([...(catalog?.events ?? [])].map(([type, event]) => [type, describeEvent(event)]))],
    ['metrics', new Map(catalog?.metrics.map((metric) => [metric.name, metric.description]))],
    ['streaks', new Map(catalog?.streaks.map((streak) => [streak.id, streak.description]))],
    ['levels', new Map(catalog?.levels ? [['levels', catalog.levels.description]] : [])],
    ['multipliers', new Map(catalog?.multipliers.map((multiplier) => [multiplier.id, describeMultiplier(multiplier)]))],
    ['rules', new Map(catalog?.rules.map((rule) => [rule.id, describeRule(rule)]))],
    ['achievements', new Map(catalog?.achievements.map((each) => [each.id, describeAchievement(each)]))],
    ['boards', new Map(catalog?.boards.map((board) => [board.id, describeBoard(board)]))],
    ['undo', new Map(catalog === null ? [] : describeUndo(catalog.undo))],
    ['flows', new Map(catalog?.flows.map((flow) => [flow.id, flow.description]))],
  ];
}

/** What applying `after` would change; `before` is null where there was no catalog. Empty when they mean the same. */
export function diffCatalogs(before: Catalog | null, after: Catalog): CatalogChange[] {
  const old = new Map(nouns(before));
  return nouns(after).flatMap(([noun, texts]) => {
    const known = old.get(noun) ?? new Map<string, string>();
    return [...new Set([...known.keys(), ...texts.keys()])].flatMap((id) => {
      const change = changeOf(noun, id, known.get(id) ?? null, texts.get(id) ?? null);
      return change === undefined ? [] : [change];
    });
  });
}

function changeOf(noun: string, id: string, before: string | null, after: string | null): CatalogChange | undefined {
  if (before === after) return undefined;
  const change = before === null ? 'added' : after === null ? 'removed' : 'changed';
  return { change, noun, id, before, after, note: NOTES[`${noun} ${change}`] ?? null };
}

const NOTES: Readonly<Record<string, string>> = {
  'settings changed': 'Holds for events from now on; what was decided stays.',
  'currencies removed': 'Balances stay in the ledger; no rule gives or takes them any more.',
  'metrics changed': 'Another meaning: it starts anew for every user.',
  'metrics removed': 'It is not counted any more.',
  'streaks changed': 'Another meaning: it starts anew for every user.',
  'streaks removed': 'It is not kept any more.',
  'levels changed': 'Levels are told by it at once; what was announced stays.',
  'achievements changed': 'What was unlocked stays unlocked.',
  'achievements removed': 'Nobody unlocks it any more; what was unlocked stays, with its rewards.',
  'boards changed': 'Its ranks are computed anew.',
  'boards removed': 'A period that is open is not closed and pays nothing, unless the board comes back.',
  'flows changed': 'Those that are under way keep their deadline.',
  'flows removed': 'Nothing ends it any more: what is under way will be overdue at its deadline.',
};
