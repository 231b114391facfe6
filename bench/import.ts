import { access, readFile } from 'node:fs/promises';
import type { App } from '../src/app.ts';
import { importFile } from '../src/transport/cli/import.ts';
import type { CliApp, CliHost } from '../src/transport/cli/port.ts';
import { peakMemory } from './child.ts';
import { median } from './numbers.ts';
import type { BenchOptions, Figure } from './section.ts';
import { ACTOR, openWorld } from './world.ts';

/** 46,357 real events by 1,397 people. Another file of events may be named by the environment. */
export const FILE = process.env['DIANA_BENCH_FILE'] ?? '../shared/data/commits.ndjson.gz';
export const CATALOG = 'examples/git-history/catalog.yaml';

/** `diana import` of a real file into an empty database, as the command does it. */
export async function importReal({ quick }: BenchOptions): Promise<readonly Figure[]> {
  if (!(await exists(FILE))) {
    process.stderr.write(`import: left out, there is no ${FILE}; name a file of events by DIANA_BENCH_FILE\n`);
    return [];
  }
  const rates: number[] = [];
  let accepted = 0;
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    const world = await openWorld();
    try {
      const report = await world.withApp(async (app) => {
        const applied = await app.engine.applyCatalog(await readFile(CATALOG, 'utf8'), ACTOR);
        if (!applied.ok) throw new Error(JSON.stringify(applied.faults));
        return importFile(cliApp(app), HOST, FILE, SILENT);
      });
      if (report.refused > 0) throw new Error(`${report.refused} events were refused: ${JSON.stringify(report.faults)}`);
      accepted = report.accepted;
      rates.push(report.eventsPerSecond);
    } finally {
      await world.close();
    }
  }
  return [
    {
      name: 'import of the real file',
      value: median(rates),
      unit: 'events/s',
      target: { of: 'value', least: 8_000 },
      note: `${accepted.toLocaleString('en-US')} events, cold`,
    },
    { name: 'memory while importing, peak', value: peakMemory(), unit: 'MB', target: { of: 'value', most: 500 } },
  ];
}

export const HOST: CliHost = {
  version: 'bench',
  open: unused,
  serve: unused,
  openTemporary: unused,
  stopwatch: () => performance.now(),
  out: process.stdout,
  err: process.stderr,
  actor: ACTOR,
};

export const SILENT = {
  answer: () => undefined,
  note: () => undefined,
  progress: () => ({ update: () => undefined, end: () => undefined }),
};

export function cliApp(app: App): CliApp {
  return {
    engine: app.engine,
    reports: app.reports,
    access: app.access,
    bus: app.bus,
    catalog: app.catalogs.describe,
    catalogs: app.catalogs,
    place: app.place,
    findAccount: app.findAccount,
    verify: app.verify,
    rebuild: app.rebuild,
    health: unused,
    close: app.close,
  };
}

async function unused(): Promise<never> {
  throw new Error('an import has no use for this');
}

export async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
