import { normalSource } from '../kernel/conditions/index.ts';
import { type DocumentNode, type Faults, fields, oneOf, report, required } from '../kernel/document.ts';
import { named } from '../kernel/document-names.ts';
import { durationText } from '../kernel/duration.ts';
import { conditionAt } from '../kernel/expression-node.ts';
import { canonical } from '../kernel/json.ts';
import type { Listen } from '../kernel/listening.ts';
import {
  describeFreezes,
  describeMilestone,
  describeRestore,
  parseFreezes,
  parseGrace,
  parseMilestones,
  parseRestore,
} from './definition-parts.ts';
import type { Streak } from './model.ts';
import { EVERY } from './units.ts';

/** What else the catalog declares. */
export interface StreakContext {
  readonly listen: Listen;
  readonly currencies: readonly string[];
}

type Entries = ReadonlyMap<string, DocumentNode>;

const KEYS = ['on', 'every', 'when', 'grace', 'freezes', 'restore', 'milestones'];

/** `streaks:`, how long something has gone on without a gap. */
export function parseStreaks(faults: Faults, node: DocumentNode | undefined, context: StreakContext): readonly Streak[] {
  return named(faults, node, 'a mapping from streaks to their definition').flatMap(([id, definition]) => {
    const streak = parseStreak(faults, id, definition, context);
    return streak === undefined ? [] : [streak];
  });
}

function parseStreak(faults: Faults, id: string, node: DocumentNode, context: StreakContext): Streak | undefined {
  const entries = fields(faults, node, KEYS, "a streak, as in { on: 'code.*', every: day }");
  if (entries === undefined) return undefined;
  const pattern = required(faults, node, entries, 'on');
  const listener = pattern === undefined ? undefined : context.listen(faults, pattern);
  const span = required(faults, node, entries, 'every');
  const every = span === undefined ? undefined : oneOf(faults, span, EVERY);
  const given = entries.get('when');
  // Streaks move together with metrics, before anything sees either, so their conditions see no metrics.
  const when =
    (given === undefined ? undefined : conditionAt(faults, given, { data: listener?.data ?? null, metrics: [] })) ?? null;
  const more = parseMore(faults, entries, every, context.currencies);
  if (listener === undefined || every === undefined) return undefined;
  const { on, matches } = listener;
  const { grace } = more;
  // What a streak is paid, and how a gap is bridged, says nothing about which days there were an event.
  const meaning = canonical({
    every,
    on,
    ...(when === null ? {} : { when: normalSource(when.source) }),
    ...(grace === 0 ? {} : { grace }),
  });
  const description = describe({ on, every, when, ...more });
  return { id, key: id, on, matches, when, every, ...more, meaning, description };
}

type More = Pick<Streak, 'grace' | 'freezes' | 'restore' | 'milestones'>;

function parseMore(faults: Faults, entries: Entries, every: Streak['every'] | undefined, currencies: readonly string[]): More {
  const [grace, freezes, restore, milestones] = ['grace', 'freezes', 'restore', 'milestones'].map((key) => entries.get(key));
  if (grace !== undefined && every !== undefined && every !== 'day')
    report(faults, grace, `hours of grace belong to days: this streak has every: ${every}`);
  return {
    grace: (grace === undefined ? undefined : parseGrace(faults, grace)) ?? 0,
    freezes: (freezes === undefined ? undefined : parseFreezes(faults, freezes)) ?? null,
    restore: (restore === undefined ? undefined : parseRestore(faults, restore, currencies)) ?? null,
    milestones: milestones === undefined ? [] : parseMilestones(faults, milestones, currencies),
  };
}

function describe({
  on,
  every,
  when,
  grace,
  freezes,
  restore,
  milestones,
}: More & Pick<Streak, 'on' | 'every' | 'when'>): string {
  return [
    `${every}s with ${on}`,
    ...(when === null ? [] : [`when ${when.source}`]),
    ...(grace === 0 ? [] : [`grace ${durationText(grace)}`]),
    ...(freezes === null ? [] : [describeFreezes(freezes)]),
    ...(restore === null ? [] : [describeRestore(restore)]),
    ...milestones.map(describeMilestone),
  ].join(', ');
}
