import type { Catalog } from '../catalog/index.ts';
import type { EventPayload, SkippedPart } from '../engine/index.ts';
import type { Scope } from '../kernel/conditions/index.ts';
import { DAY, localTime, SECOND } from '../kernel/time.ts';
import { countUses, loadUsage, type Moment, type Rule, usageId, usageKeys } from '../rules/index.ts';
import type { LoggedEvent, LoggedFact } from './event-store.ts';
import { causingEvent, eventText, reportedFact } from './logged.ts';
import { calculatedAward, type LimitText, limitText, limitUse, ruleDefinition } from './reasons.ts';
import { type Asking, metricNow } from './why-asking.ts';
import { type Examined, examine, unmetText } from './why-conditions.ts';
import type { RuleAtEvent, RuleOutcome, Undone } from './why-model.ts';
import { listed, moment } from './words.ts';

/** Something in the log that rules may have heard, with what followed from it. */
export interface Happening {
  readonly row: LoggedEvent;
  /** Null where it is not known what was answered: nobody sent it, or its answer is of another kind. */
  readonly answer: EventPayload | null;
  /** The version that decided; undefined where it is no longer understood. */
  readonly catalog: Catalog | undefined;
  /** When it was taken back; null where it was not. */
  readonly undone: Undone | null;
}

/**
 * What a rule made of an event, or of `heard`, which the event brought about. `called`: what the sentence calls the event,
 * where those before it have told which one is meant.
 */
export async function ruleAtEvent(
  asking: Asking,
  id: string,
  what: Happening,
  heard: LoggedFact | null,
  called: string = eventText(causingEvent(what.row), asking.zone),
): Promise<RuleAtEvent> {
  const rule = what.catalog?.rules.find((candidate) => candidate.id === id);
  const paid = paymentsOf(id, what, heard);
  const skipped = what.answer?.skipped.find((part) => part.rule === id);
  const outcome = outcomeOf(rule, what, heard, paid, skipped);
  const limits = outcome === 'limit_reached' && rule !== undefined ? await limitsOf(asking, rule, what) : [];
  const examined =
    (outcome === 'not_matched' || outcome === 'condition_failed') && rule?.when
      ? examine(rule.when.source, metricNames(what.catalog), scopeOf(asking, what, heard), (source) => isKept(source, what))
      : NOTHING;
  const awards = paid.awards.map((award) => calculatedAward(award, what.catalog));
  const told: Omit<RuleAtEvent, 'sentence'> = {
    rule: id,
    outcome,
    event: causingEvent(what.row),
    heard: heard === null ? null : reportedFact(heard),
    definition: ruleDefinition(id, what.catalog),
    awards,
    transfers: paid.transfers,
    limits: awards[0]?.limits ?? limits,
    parts: examined.parts,
    changeable: examined.changeable,
    undone: what.undone,
  };
  const sentence = sentenceOf(told, { called, examined, what, rule, message: skipped?.message });
  // Whoever asks about the event itself is told of the undoing once, at the end.
  const gone = what.undone === null || outcome !== 'fired' || called === IT ? '' : ` ${undoneText(what.undone, asking.zone)}`;
  return { ...told, sentence: `${sentence}${gone}` };
}

/** What the sentence calls an event that those before it have told of. */
export const IT = 'it';

export function undoneText({ at }: Undone, zone: string): string {
  return `All of it was taken back on ${moment(Date.parse(at), zone)}.`;
}

const NOTHING: Examined = { parts: [], changeable: [] };

interface Paid {
  readonly awards: EventPayload['awards'];
  readonly transfers: RuleAtEvent['transfers'];
}

const PAYMENTS: ReadonlySet<string> = new Set(['points.awarded', 'points.adjusted']);

/** What those facts say. */
interface PaymentData {
  readonly transfer: string;
  readonly currency: string;
  readonly amount: number;
}

/** What a rule gave for what it heard: the facts tell which transfers, the answer tells how they came about. */
function paymentsOf(id: string, { row, answer }: Happening, heard: LoggedFact | null): Paid {
  const at = heard?.position ?? row.position;
  const transfers = (row.facts ?? []).flatMap(({ type, cause, data }) =>
    PAYMENTS.has(type) && cause === at && data?.['rule'] === id ? [data as unknown as PaymentData] : [],
  );
  const given = [...(answer?.awards ?? []), ...(answer?.adjustments ?? [])].filter(({ rule }) => rule === id);
  // An award of nothing has no transfer, so no fact tells what it was for; a rule mostly hears one thing of an event.
  const awards = given.filter(({ transfer }) => transfer === null || transfers.some((one) => one.transfer === transfer));
  return { awards, transfers: transfers.map(({ transfer, currency, amount }) => ({ transfer, currency, amount })) };
}

function outcomeOf(
  rule: Rule | undefined,
  { row, catalog }: Happening,
  heard: LoggedFact | null,
  paid: Paid,
  skipped: SkippedPart | undefined,
): RuleOutcome {
  if (paid.awards.length + paid.transfers.length > 0) return 'fired';
  if (skipped !== undefined && skipped.code !== 'period_closed') return skipped.code;
  if (catalog === undefined) return 'unknown';
  if (rule === undefined) return 'unknown_rule';
  if (!rule.matches(heard?.type ?? row.type)) return 'not_listening';
  return 'not_matched';
}

function metricNames(catalog: Catalog | undefined): readonly string[] {
  return catalog?.metrics.map(({ name }) => name) ?? [];
}

function momentOf({ row }: Happening, day: number): Moment {
  return { time: row.occurred_at, day: row.local_day === null ? day : Date.parse(row.local_day) / DAY };
}

/** What conditions see of it: what is stored with the event, and of the rest what is so today. */
function scopeOf(asking: Asking, { row, answer, catalog }: Happening, heard: LoggedFact | null): Scope {
  const { person, rulebook, now } = asking;
  const local = localOf(asking, row, catalog);
  const reached = row.facts?.find(({ type }) => type === 'level.reached')?.data?.['from'];
  const level = typeof reached === 'number' ? reached : (answer?.level ?? rulebook.levels?.levelOf(0) ?? 1);
  return {
    event: {
      type: heard?.type ?? row.type,
      source: row.source ?? 'diana',
      data: (heard === null ? row.data : heard.data) ?? {},
      time: row.occurred_at,
      local: { hour: local.hour, weekday: local.weekday },
    },
    user: { attributes: person.attributes, level },
    metric: (name) => metricNow(asking, name),
    now: Math.min(row.recorded_at, now),
  };
}

function localOf({ person, rulebook }: Asking, row: LoggedEvent, catalog: Catalog | undefined): ReturnType<typeof localTime> {
  const offset = row.written_offset === null ? null : row.written_offset * SECOND;
  return localTime({ ms: row.occurred_at, offset }, person.zone, catalog?.timezone ?? rulebook.catalog.timezone);
}

/** The level is told by the answer; everything else that is the user's is as of today. */
function isKept(source: string, { answer }: Happening): boolean {
  return source === 'user.level' && answer !== null;
}

/** How far each limit is used at the time of the event, by what has been counted until today. */
async function limitsOf(asking: Asking, rule: Rule, what: Happening): Promise<readonly LimitText[]> {
  const moment = momentOf(what, localOf(asking, what.row, what.catalog).day);
  const { account } = asking.person;
  const usages = await loadUsage(
    asking.tx,
    usageKeys(rule, moment).map((key) => ({ ...key, account })),
  );
  const book = new Map(usages.map((usage) => [usageId(usage), usage]));
  return countUses(rule, moment, book).map(({ limit, used }) => limitUse(limit, used));
}

function sentenceOf(
  { rule: id, outcome, heard, awards, transfers, limits }: Omit<RuleAtEvent, 'sentence'>,
  more: {
    readonly called: string;
    readonly examined: Examined;
    readonly what: Happening;
    readonly rule: Rule | undefined;
    readonly message: string | undefined;
  },
): string {
  const { called, examined, what, rule, message = '' } = more;
  const name = `Rule "${id}"`;
  const forWhat = heard === null ? called : `${heard.type} (${heard.id}), which ${called} caused`;
  switch (outcome) {
    case 'fired': {
      const gave = transfers.map(({ currency, amount }) => `${amount} ${currency}`);
      const how = awards.flatMap(({ arithmetic, multipliers }) => (multipliers.length === 0 ? [] : [arithmetic]));
      const used = limits.map(limitText);
      const result = gave.length === 0 ? 'came to 0, which is an award of nothing,' : `gave ${listed(gave)}`;
      return `${name} ${result} for ${forWhat}${how.length === 0 ? '' : `: ${how.join('; ')}`}${used.length === 0 ? '' : `; its limits then stood at ${listed(used)}`}.`;
    }
    case 'limit_reached':
      return `${name} gave nothing for ${forWhat}: its limit was reached, it had ${message}.`;
    case 'condition_failed':
      return `${name} gave nothing for ${forWhat}: it could not be decided, ${message}.`;
    case 'too_many_causes':
      return `${name} gave nothing for ${forWhat}: ${message}.`;
    case 'not_matched':
      return `${name} gave nothing for ${forWhat}: ${rule?.when ? unmetText(examined) : 'it did not hear of it'}.`;
    case 'not_listening':
      return `${name} gave nothing for ${forWhat}: it listens to ${rule?.on ?? 'something else'}.`;
    case 'unknown_rule':
      return `${name} gave nothing for ${forWhat}: version ${what.row.catalog_version} of the catalog, which decided it, has no such rule.`;
    case 'unknown':
      return `${name} gave nothing for ${forWhat}: version ${what.row.catalog_version} of the catalog, which decided it, is no longer understood, so that it cannot be told why.`;
    default:
      return `${name} gave nothing for ${forWhat}.`;
  }
}

/** What of an event a rule listens to: the event itself, and what it brought about, in order. */
export function heardBy(matches: (type: string) => boolean, row: LoggedEvent): readonly (LoggedFact | null)[] {
  const facts = (row.facts ?? []).filter(({ type }) => matches(type));
  return matches(row.type) ? [null, ...facts] : facts;
}
