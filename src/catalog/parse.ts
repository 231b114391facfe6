import { parseAchievements } from '../achievements/index.ts';
import { parseBoards } from '../boards/index.ts';
import { createListen, isReserved, parseEvents } from '../events/index.ts';
import { parseFlows } from '../flows/index.ts';
import { didYouMean } from '../kernel/closest.ts';
import { type DocumentNode, type Faults, flag, isFull, MAX_FAULTS, mapping, oneOf, report, text } from '../kernel/document.ts';
import { isZone } from '../kernel/time.ts';
import { parseCurrencies } from '../ledger/index.ts';
import { parseLevels } from '../levels/index.ts';
import { parseMetrics } from '../metrics/index.ts';
import { parseMultipliers, parseRules } from '../rules/index.ts';
import { parseStreaks } from '../streaks/index.ts';
import type { Catalog, CatalogFault, ParsedCatalog } from './model.ts';
import { parseUndo } from './undo.ts';
import { readYaml } from './read-yaml.ts';

/** The version of the format that `diana:` names. */
const FORMAT = 1;
const SECTIONS = [
  'diana',
  'name',
  'timezone',
  'rounding',
  'strictEvents',
  'currencies',
  'events',
  'metrics',
  'streaks',
  'levels',
  'multipliers',
  'rules',
  'achievements',
  'boards',
  'flows',
  'undo',
];

type Sections = ReadonlyMap<string, DocumentNode>;

/** Checks a catalog as a whole. Never throws; every fault is in the one report, by line. */
export function parseCatalog(source: string): ParsedCatalog {
  const faults: Faults = [];
  const document = readYaml(faults, source);
  const sections = document === undefined ? undefined : sectionsOf(faults, document);
  const catalog = sections === undefined ? undefined : compose(faults, sections);
  if (catalog !== undefined && faults.length === 0) return { ok: true, catalog };
  return { ok: false, faults: sorted(faults) };
}

function sectionsOf(faults: Faults, document: DocumentNode): Sections | undefined {
  const sections = mapping(faults, document, 'a mapping that begins with "diana: 1"');
  if (sections === undefined) return undefined;
  for (const [name, node] of sections) {
    if (SECTIONS.includes(name)) continue;
    report(
      faults,
      node,
      `unknown section "${name.slice(0, 60)}"${didYouMean(name, SECTIONS) || `; known are ${SECTIONS.join(', ')}`}`,
    );
  }
  const format = sections.get('diana');
  if (format === undefined) report(faults, document, `"diana: ${FORMAT}" is missing: the version of the catalog format`);
  else if (format.kind !== 'scalar' || format.value !== FORMAT)
    report(faults, format, `expected ${FORMAT}, the version of the catalog format that is supported`);
  return sections;
}

function compose(faults: Faults, sections: Sections): Catalog {
  const strict = sections.get('strictEvents');
  const strictEvents = (strict === undefined ? undefined : flag(faults, strict)) ?? false;
  const rounding = sections.get('rounding');
  const timezone = timezoneOf(faults, sections.get('timezone'));
  const currencies = parseCurrencies(faults, sections.get('currencies'));
  const events = parseEvents(faults, sections.get('events'));
  const listen = createListen(events, strictEvents);
  // Names count as declared even where their definition is at fault, so that one fault is told once.
  const currencyNames = namesOf(sections.get('currencies'));
  const metricNames = namesOf(sections.get('metrics'));
  const streakNames = namesOf(sections.get('streaks'));
  const metrics = parseMetrics(faults, sections.get('metrics'), {
    listen,
    isReserved,
    currencies: currencyNames,
    streaks: streakNames,
    hasLevels: sections.has('levels'),
  });
  const streaks = parseStreaks(faults, sections.get('streaks'), { listen, currencies: currencyNames });
  const mirrors = metrics.filter(({ source }) => source.kind === 'level').map(({ name }) => name);
  const levels = parseLevels(faults, sections.get('levels'), metricNames, mirrors);
  const multipliers = parseMultipliers(faults, sections.get('multipliers'), { metrics: metricNames, streaks: streakNames });
  const rules = parseRules(faults, sections.get('rules'), {
    listen,
    currencies: currencyNames,
    metrics: metricNames,
    multiplierNames: namesOf(sections.get('multipliers')),
    multipliers,
  });
  const boards = parseBoards(faults, sections.get('boards'), {
    metrics: metricNames,
    currencies: currencyNames,
    timezone,
    dataOf(name) {
      const source = metrics.find((metric) => metric.name === name)?.source;
      return source?.kind === 'events' ? source.data : null;
    },
  });
  const achievements = parseAchievements(faults, sections.get('achievements'), {
    metrics: metricNames,
    currencies: currencyNames,
    boards,
    listen,
    sourceOf: (name) => metrics.find((metric) => metric.name === name)?.source,
    highest: (metric) => (mirrors.includes(metric) ? (levels?.highest ?? null) : null),
  });
  return {
    name: nameOf(faults, sections.get('name')),
    timezone,
    rounding: (rounding === undefined ? undefined : oneOf(faults, rounding, ['floor', 'half_even', 'ceil'])) ?? 'floor',
    strictEvents,
    currencies,
    events,
    metrics,
    streaks,
    levels,
    multipliers,
    rules,
    achievements,
    boards,
    flows: parseFlows(faults, sections.get('flows'), { listen }),
    undo: parseUndo(faults, sections.get('undo')),
  };
}

function namesOf(section: DocumentNode | undefined): readonly string[] {
  return section?.kind === 'map' ? [...section.entries.keys()] : [];
}

function nameOf(faults: Faults, node: DocumentNode | undefined): string {
  return (node === undefined ? undefined : text(faults, node, 'a name for people')) ?? 'unnamed';
}

function timezoneOf(faults: Faults, node: DocumentNode | undefined): string {
  if (node === undefined) return 'UTC';
  const zone = text(faults, node, 'an IANA time zone, such as Europe/Berlin');
  if (zone !== undefined && !isZone(zone))
    report(faults, node, `unknown time zone "${zone}": expected an IANA name, such as Europe/Berlin`);
  return zone ?? 'UTC';
}

function sorted(faults: Faults): readonly CatalogFault[] {
  const byLine = faults.toSorted((a, b) => a.line - b.line);
  if (!isFull(faults)) return byLine;
  return [
    ...byLine,
    { line: byLine.at(-1)?.line ?? 1, path: '', message: `more faults than ${MAX_FAULTS}; the others are not shown` },
  ];
}
