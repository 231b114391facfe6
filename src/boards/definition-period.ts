import { cronFault } from '../kernel/cron.ts';
import { type DocumentNode, expected, type Faults, fields, list, oneOf, report, required, text } from '../kernel/document.ts';
import { withinBounds } from '../kernel/document-names.ts';
import { PERIODS } from '../kernel/period.ts';
import { dateOf, dayOf, isZone, parseTime, zoneDayStart } from '../kernel/time.ts';
import type { BoardPeriod, Season } from './model.ts';

const KEYS = ['cron', 'seasons'];
const SEASON_KEYS = ['name', 'from', 'to'];
const SEASON_NAME = /^[a-z0-9][a-z0-9-]*$/;
const MAX_SEASON_NAME = 64;
/** What stands for a period, or for the whole life, wherever one is asked for. */
const TAKEN = ['current', 'previous', 'all'];
const A_SEASON = 'a season, as in { name: autumn, from: 2026-09-01, to: 2026-12-01 }';

/** `period:` of a board. `given`: the zone by whose clocks a date begins; one that there is not is a fault elsewhere. */
export function parsePeriod(faults: Faults, node: DocumentNode | undefined, given: string): BoardPeriod {
  const zone = isZone(given) ? given : 'UTC';
  if (node === undefined) return 'all';
  if (node.kind !== 'map') return oneOf(faults, node, PERIODS) ?? 'all';
  const entries = fields(faults, node, KEYS, 'a period');
  const [cron, seasons] = KEYS.map((key) => entries?.get(key));
  if ((cron === undefined) === (seasons === undefined)) {
    report(faults, node, 'a period of its own has "cron" or "seasons", one of them');
    return 'all';
  }
  if (cron !== undefined) return parseCron(faults, cron) ?? 'all';
  return seasons === undefined ? 'all' : { kind: 'seasons', seasons: parseSeasons(faults, seasons, zone) };
}

function parseCron(faults: Faults, node: DocumentNode): BoardPeriod | undefined {
  const cron = text(faults, node, 'a cron pattern, such as "0 18 * * 5"');
  if (cron === undefined) return undefined;
  const fault = cronFault(cron);
  return fault === undefined ? { kind: 'cron', cron: cron.trim() } : report(faults, node, fault);
}

function parseSeasons(faults: Faults, node: DocumentNode, zone: string): readonly Season[] {
  const items = list(faults, node, `a list of seasons: ${A_SEASON}`) ?? [];
  if (node.kind === 'list' && items.length === 0) report(faults, node, `expected at least ${A_SEASON}`);
  if (!withinBounds(faults, node, items.length)) return [];
  const seasons: Season[] = [];
  for (const item of items) {
    const season = parseSeason(faults, item, zone);
    if (season === undefined) continue;
    const before = seasons.at(-1);
    if (seasons.some(({ name }) => name === season.name)) report(faults, item, `the season "${season.name}" is there twice`);
    else if (before !== undefined && season.from < before.to)
      report(faults, item, `seasons ascend and do not overlap: "${season.name}" begins before "${before.name}" ends`);
    seasons.push(season);
  }
  return seasons;
}

function parseSeason(faults: Faults, node: DocumentNode, zone: string): Season | undefined {
  const entries = fields(faults, node, SEASON_KEYS, A_SEASON);
  if (entries === undefined) return undefined;
  const [name, from, to] = SEASON_KEYS.map((key) => required(faults, node, entries, key));
  const called = name === undefined ? undefined : seasonName(faults, name);
  const begins = from === undefined ? undefined : instant(faults, from, zone);
  const ends = to === undefined ? undefined : instant(faults, to, zone);
  if (begins === undefined || ends === undefined) return undefined;
  if (begins >= ends) return report(faults, to ?? node, '"to" must be later than "from": a season is from ≤ t < to');
  return called === undefined ? undefined : { name: called, from: begins, to: ends };
}

function seasonName(faults: Faults, node: DocumentNode): string | undefined {
  const what = 'a name of small letters, digits and "-", such as autumn';
  const name = text(faults, node, what, MAX_SEASON_NAME);
  if (name === undefined) return undefined;
  if (!SEASON_NAME.test(name)) return expected(faults, node, what);
  return TAKEN.includes(name) ? report(faults, node, `"${name}" has a meaning already: expected another name`) : name;
}

/** A date is the moment at which it begins. */
function instant(faults: Faults, node: DocumentNode, zone: string): number | undefined {
  const what = 'a date such as 2026-09-01, or a time of RFC 3339';
  const given = text(faults, node, what);
  if (given === undefined) return undefined;
  const [, year = 0, month = 0, day = 0] = (/^(\d{4})-(\d{2})-(\d{2})$/.exec(given) ?? []).map(Number);
  if (year < 1970) return parseTime(given)?.ms ?? expected(faults, node, what);
  const date = dayOf(year, month, day);
  const read = dateOf(date);
  return read.year === year && read.month === month && read.day === day
    ? zoneDayStart(zone, date)
    : report(faults, node, `there is no day ${given}`);
}

export const periodSchema = {
  description: 'What a ranking spans; all, the default, is the whole life.',
  anyOf: [
    { enum: PERIODS },
    {
      description: 'From one firing of a cron pattern to the next.',
      type: 'object',
      additionalProperties: false,
      required: ['cron'],
      properties: {
        cron: {
          description: 'Minute, hour, day of month, month, day of week; once an hour at most, such as "0 18 * * 5".',
          type: 'string',
          pattern: String.raw`^\s*\d{1,2}(\s+[^\s?]+){4}\s*$`,
          maxLength: 200,
        },
      },
    },
    {
      description: 'Seasons with names. What happens outside of them scores nothing.',
      type: 'object',
      additionalProperties: false,
      required: ['seasons'],
      properties: {
        seasons: {
          description: 'In ascending order, without overlap.',
          type: 'array',
          minItems: 1,
          maxItems: 1_000,
          items: {
            type: 'object',
            additionalProperties: false,
            required: SEASON_KEYS,
            properties: {
              name: {
                description: 'The key of the period.',
                type: 'string',
                pattern: SEASON_NAME.source,
                maxLength: MAX_SEASON_NAME,
                not: { enum: TAKEN },
              },
              from: { description: 'A date in the zone of the board, or a time of RFC 3339.', type: 'string', minLength: 10 },
              to: { description: 'Likewise; no longer part of the season.', type: 'string', minLength: 10 },
            },
          },
        },
      },
    },
  ],
} as const;
