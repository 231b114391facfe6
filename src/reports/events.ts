import type { EventPayload, EventResult, SkippedPart } from '../engine/index.ts';
import type { Catalog } from '../catalog/index.ts';
import { REFUSALS } from '../kernel/refusals.ts';
import { formatTime } from '../kernel/time.ts';
import type { IdentityRow, LoggedEvent } from './event-store.ts';
import { causingEvent, eventText, loggedEvent, reportedFact, storedRefusal, writtenTime } from './logged.ts';
import type { ExportedEvent } from './export-model.ts';
import type { EventReport, ExplainedResult } from './model.ts';
import { explainedAward, needsReasons } from './reasons.ts';
import type { Asking } from './why-asking.ts';
import type { RuleAtEvent, Undone } from './why-model.ts';
import { heardBy, IT, ruleAtEvent, undoneText } from './why-rule-event.ts';
import { listed } from './words.ts';

/** What is told of the rules that heard of one event; a catalog may have a thousand of them. */
const MAX_RULES = 200;

/**
 * `id` and `source` are the asker's own: the row may have been blanked since. `asking`: about the user of the event; undefined
 * where there is none. `catalog`: the version that decided. `undoing`: the answer to whoever undid it.
 */
export async function eventReport(
  source: string,
  id: string,
  row: IdentityRow,
  asking: Asking | undefined,
  catalog: Catalog | undefined,
  undoing: IdentityRow | undefined,
): Promise<EventReport> {
  const outcome = outcomeOf(id, row);
  const event = loggedEvent(row);
  const undone = undoneOf(undoing);
  const rules = asking === undefined || event === undefined ? [] : await rulesAt(asking, event, row, catalog, undone);
  return {
    id,
    source,
    type: row.type,
    user: row.user,
    time: row.occurred_at === null ? null : writtenTime(row.occurred_at, row.written_offset),
    recordedAt: row.recorded_at === null ? null : formatTime(row.recorded_at),
    localDay: row.local_day,
    data: row.data,
    correlationId: row.correlation_id,
    outcome: explained(outcome, catalog),
    facts: (row.facts ?? []).map(reportedFact),
    rules,
    undone,
    sentences: [
      ...sentencesOf(outcome, event, asking, rules),
      ...(undone === null ? [] : [undoneText(undone, asking?.zone ?? 'UTC')]),
    ],
    arm: null,
    verdict: null,
  };
}

function undoneOf(undoing: IdentityRow | undefined): EventReport['undone'] {
  const { position = null, recorded_at: at = null } = undoing ?? {};
  return position === null || at === null ? null : { at: formatTime(at), position };
}

async function rulesAt(
  asking: Asking,
  row: LoggedEvent,
  { result }: IdentityRow,
  catalog: Catalog | undefined,
  undone: Undone | null,
): Promise<readonly RuleAtEvent[]> {
  const what = { row, answer: result as EventPayload, catalog, undone };
  const heard = (catalog?.rules ?? []).flatMap(({ id, matches }) => heardBy(matches, row).map((fact) => ({ id, fact })));
  const told: RuleAtEvent[] = [];
  for (const { id, fact } of heard.slice(0, MAX_RULES)) told.push(await ruleAtEvent(asking, id, what, fact, IT));
  return told;
}

function sentencesOf(
  outcome: EventResult,
  event: LoggedEvent | undefined,
  asking: Asking | undefined,
  rules: readonly RuleAtEvent[],
): readonly string[] {
  if (outcome.status === 'refused') {
    return [`The event was refused as ${outcome.code}, so it moved nothing and no rule saw it: ${outcome.message}.`];
  }
  if (event === undefined) return [];
  if (asking === undefined) return ['What the event said was erased with the person it was about.'];
  const { achievements, skipped, streaks } = outcome;
  const reached = event.facts?.find(({ type }) => type === 'level.reached')?.data?.['level'];
  return [
    `${eventText(causingEvent(event), asking.zone)} by ${asking.person.id} was decided by version ${event.catalog_version} of the catalog.`,
    ...(rules.length === 0 ? ['No rule listens to it.'] : rules.map(({ sentence }) => sentence)),
    ...(streaks.length === 0
      ? []
      : [`It counted for ${listed(streaks.map(({ id, length }) => `streak ${id}, then ${length} long`))}.`]),
    ...(achievements.length === 0
      ? []
      : [
          `It unlocked ${listed(achievements.map(({ id, tier, times }) => `${id} ${tier}${times === undefined ? '' : ` for the ${times}. time`}`))}.`,
        ]),
    ...(typeof reached === 'number' ? [`It led to level ${reached}.`] : []),
    ...skipped.flatMap(skippedSentence),
  ];
}

function skippedSentence({ rule, metric, streak, board, achievement, message = '' }: SkippedPart): readonly string[] {
  if (rule !== undefined) return [];
  if (board !== undefined) return [`Board ${board} stayed as it was: ${message}.`];
  const what =
    achievement !== undefined
      ? `achievement ${achievement}`
      : metric !== undefined
        ? `metric ${metric}`
        : `streak ${streak ?? ''}`;
  return [`The ${what} could not be decided and stayed as it was: ${message}.`];
}

function explained(outcome: EventResult, catalog: Catalog | undefined): ExplainedResult {
  if (outcome.status === 'refused' || catalog === undefined || !needsReasons(outcome)) return outcome;
  return { ...outcome, awards: outcome.awards.map((award) => explainedAward(award, catalog)) };
}

/** The first answer, put together again from what was kept of it. */
function outcomeOf(id: string, { position, result }: IdentityRow): EventResult {
  const refusal = storedRefusal(result);
  if (refusal !== undefined) return { id, status: 'refused', ...refusal, retryable: REFUSALS[refusal.code].retryable };
  return { id, status: 'accepted', ...(result as EventPayload), position: position ?? 0 };
}

export function exportedEvent(row: LoggedEvent): ExportedEvent {
  return { ...causingEvent(row), facts: (row.facts ?? []).map(reportedFact) };
}
