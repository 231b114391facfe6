import type { Catalog } from '../catalog/index.ts';
import { undoIdentity } from '../engine/index.ts';
import { isReserved, loadIdentities } from '../events/index.ts';
import { formatTime } from '../kernel/time.ts';
import type { Rule } from '../rules/index.ts';
import { type IdentityRow, type LoggedEvent, readEvent, readLogged } from './event-store.ts';
import { eventAnswer, loggedEvent, storedRefusal } from './logged.ts';
import { ruleDefinition } from './reasons.ts';
import type { Asking } from './why-asking.ts';
import type { RuleAtEvent, RuleWhy, Undone, WhyAnswer } from './why-model.ts';
import { type Happening, heardBy, ruleAtEvent } from './why-rule-event.ts';
import { readRoots, readUndoings } from './why-store.ts';
import { count } from './words.ts';

/** As many events as one answer tells of. */
const MAX_EVENTS = 10;
/** Events that are looked through for those that a rule listens to: a second's work for a user who does nothing else. */
const MAX_SCANNED = 5_000;
const CHUNK = 500;
/** Versions that are looked through for a rule that left the catalog. */
const MAX_VERSIONS = 8;

/** Why a rule did what it did for the last events that it listens to. */
export async function explainRule(asking: Asking, id: string): Promise<WhyAnswer<RuleWhy>> {
  const rule = await findRule(asking, id);
  if (rule === undefined) return { ok: false, fault: 'unknown_rule' };
  const { rows, truncated } = await lastHeard(asking, rule);
  const events: RuleAtEvent[] = [];
  for (const what of await happenings(asking, rows)) {
    for (const fact of heardBy(rule.matches, what.row).toReversed()) events.push(await ruleAtEvent(asking, id, what, fact));
  }
  const told = events.slice(0, MAX_EVENTS);
  const definition = ruleDefinition(id, asking.rulebook.catalog);
  return answer(asking, id, definition, told, truncated, headingOf(asking, rule, definition, told, truncated));
}

/** Why a rule did what it did for one event. */
export async function explainRuleAt(
  asking: Asking,
  id: string,
  event: { readonly id: string; readonly source: string },
): Promise<WhyAnswer<RuleWhy>> {
  const row = await readEvent(asking.tx, asking.digestOf(['event', event.source, event.id]));
  if (row === undefined) return { ok: false, fault: 'unknown_event' };
  const logged = loggedEvent(row);
  const isErased = logged !== undefined && logged.id === null;
  if (row.account !== asking.person.account && !isErased) return { ok: false, fault: 'unknown_event' };
  const current = ruleDefinition(id, asking.rulebook.catalog);
  const catalog = logged === undefined ? undefined : await asking.catalogOf(logged.catalog_version);
  const rule = catalog?.rules.find((candidate) => candidate.id === id);
  if (current === null && rule === undefined && (await findRule(asking, id)) === undefined)
    return { ok: false, fault: 'unknown_rule' };
  if (isErased) return answer(asking, id, current, [erased(id)], false, []);
  if (logged === undefined) return answer(asking, id, current, [refused(id, event.id, row)], false, []);
  const [undone = null] = await undonesOf(asking, [logged]);
  const what = { row: logged, answer: eventAnswer(row.result), catalog, undone };
  const heard = rule === undefined ? [] : heardBy(rule.matches, logged);
  const events: RuleAtEvent[] = [];
  for (const fact of heard.length === 0 ? [null] : heard) events.push(await ruleAtEvent(asking, id, what, fact));
  return answer(asking, id, current, events, false, []);
}

function answer(
  { person }: Asking,
  rule: string,
  definition: string | null,
  events: readonly RuleAtEvent[],
  truncated: boolean,
  heading: readonly string[],
): WhyAnswer<RuleWhy> {
  const sentences = [...heading, ...events.map(({ sentence }) => sentence)];
  const value = { user: person.id, sentences, arm: null, verdict: null, rule, definition, events, truncated };
  return { ok: true, value: { about: 'rule', ...value } };
}

/** As it is in force, or as it was in the last version that had it. */
async function findRule({ rulebook, catalogOf }: Asking, id: string): Promise<Rule | undefined> {
  const oldest = Math.max(1, rulebook.version - MAX_VERSIONS);
  for (let version = rulebook.version; version >= oldest; version -= 1) {
    const catalog: Catalog | undefined = version === rulebook.version ? rulebook.catalog : await catalogOf(version);
    const rule = catalog?.rules.find((candidate) => candidate.id === id);
    if (rule !== undefined) return rule;
  }
  return undefined;
}

/** The last events of which the rule hears, newest first. */
async function lastHeard(
  { tx, person }: Asking,
  { on, matches }: Rule,
): Promise<{ readonly rows: readonly LoggedEvent[]; readonly truncated: boolean }> {
  const hearsFacts = isReserved(on);
  const found: number[] = [];
  let before = Number.MAX_SAFE_INTEGER;
  for (let scanned = 0; scanned < MAX_SCANNED; scanned += CHUNK) {
    const roots = await readRoots(tx, person.account, before, CHUNK, hearsFacts);
    for (const { position, type, facts } of roots) {
      if (matches(type) || (facts ?? []).some(matches)) found.push(position);
      if (found.length === MAX_EVENTS) return { rows: await readLogged(tx, found), truncated: false };
    }
    const last = roots.at(-1);
    if (last === undefined || roots.length < CHUNK) return { rows: await readLogged(tx, found), truncated: false };
    before = last.position;
  }
  return { rows: await readLogged(tx, found), truncated: true };
}

/** Events with what was answered to them. */
async function happenings(asking: Asking, rows: readonly LoggedEvent[]): Promise<readonly Happening[]> {
  const digests = rows.map(({ id, source }) => (id === null || source === null ? null : asking.digestOf(['event', source, id])));
  const known = await loadIdentities(
    asking.tx,
    digests.filter((digest) => digest !== null),
  );
  const answers = new Map(known.map(({ digest, result }) => [digest, result]));
  const undones = await undonesOf(asking, rows);
  const told: Happening[] = [];
  for (const [i, row] of rows.entries()) {
    const result = answers.get(digests[i] ?? '');
    const stored = result === undefined ? null : eventAnswer(JSON.parse(result));
    told.push({ row, answer: stored, catalog: await asking.catalogOf(row.catalog_version), undone: undones[i] ?? null });
  }
  return told;
}

/** When each of some events was taken back; null for those that were not. */
async function undonesOf({ tx, digestOf }: Asking, rows: readonly LoggedEvent[]): Promise<readonly (Undone | null)[]> {
  const digests = rows.map(({ position }) => digestOf(undoIdentity(position)));
  const found = new Map((await readUndoings(tx, digests)).map((row) => [row.digest, row]));
  return digests.map((digest) => {
    const row = found.get(digest);
    return row === undefined ? null : { at: formatTime(row.recorded_at), position: row.position };
  });
}

function headingOf(
  { person, rulebook }: Asking,
  { id, on }: Rule,
  definition: string | null,
  events: readonly RuleAtEvent[],
  truncated: boolean,
): readonly string[] {
  const what =
    definition === null
      ? `Rule "${id}" is no longer in the catalog: version ${rulebook.version}, which is in force, does not have it.`
      : `Rule "${id}" is: ${definition}.`;
  const looked = truncated ? `; only the last ${count(MAX_SCANNED, 'event')} were looked through` : '';
  if (events.length === 0) return [what, `Nothing that it listens to (${on}) has happened to ${person.id}${looked}.`];
  const fired = events.filter(({ outcome }) => outcome === 'fired').length;
  return [
    what,
    `It fired for ${fired} of the last ${count(events.length, 'event')} of ${person.id} that it listens to${looked}.`,
  ];
}

function unheard(rule: string, outcome: RuleAtEvent['outcome'], sentence: string): RuleAtEvent {
  const nothing = { definition: null, awards: [], transfers: [], limits: [], parts: [], changeable: [], undone: null };
  return { rule, outcome, event: null, heard: null, ...nothing, sentence };
}

function erased(rule: string): RuleAtEvent {
  return unheard(rule, 'erased', 'What this event said was erased with the person it was about: nothing can be told of it.');
}

function refused(rule: string, event: string, { result }: IdentityRow): RuleAtEvent {
  const refusal = storedRefusal(result);
  const why = refusal === undefined ? '' : ` as ${refusal.code} (${refusal.message})`;
  return unheard(rule, 'refused', `Event "${event}" was refused${why}, so no rule saw it.`);
}
