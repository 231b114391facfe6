import { readFile } from 'node:fs/promises';
import { importFile } from '../src/transport/cli/import.ts';
import { cliApp, exists, FILE, CATALOG, HOST, SILENT } from './import.ts';
import { median } from './numbers.ts';
import type { BenchOptions, Figure } from './section.ts';
import { ACTOR, openWorld } from './world.ts';

/** `diana plan --history` over the real file, with the catalog in force and one rule that pays twice as much. */
export async function history({ quick }: BenchOptions): Promise<readonly Figure[]> {
  if (!(await exists(FILE))) {
    process.stderr.write(`history: left out, there is no ${FILE}; name a file of events by DIANA_BENCH_FILE\n`);
    return [];
  }
  const source = await readFile(CATALOG, 'utf8');
  const draft = source.replace('award: { points: 15 }', 'award: { points: 30 }');
  const world = await openWorld();
  try {
    await world.withApp(async (app) => {
      const applied = await app.engine.applyCatalog(source, ACTOR);
      if (!applied.ok) throw new Error(JSON.stringify(applied.faults));
      await importFile(cliApp(app), HOST, FILE, SILENT);
    });
    await world.settle();
    const before = process.memoryUsage.rss() / 1e6;
    let peak = 0;
    const look = (): void => {
      peak = Math.max(peak, process.memoryUsage.rss() / 1e6);
    };
    return await world.withApp(async (app) => {
      const seconds: number[] = [];
      let events = 0;
      for (let round = 0; round < (quick ? 1 : 3); round += 1) {
        const started = performance.now();
        const outcome = await app.reports.history(draft, { onProgress: look });
        seconds.push((performance.now() - started) / 1_000);
        if (!outcome.ok) throw new Error(JSON.stringify(outcome));
        events = outcome.value.events.replayed;
      }
      const typical = median(seconds);
      const note = `${events.toLocaleString('en-US')} events`;
      return [
        { name: 'plan --history over the real file', value: typical, unit: 's', target: { of: 'value', most: 15 }, note },
        { name: 'events replayed in memory', value: events / typical, unit: 'events/s' },
        { name: 'memory of plan --history, peak', value: peak, unit: 'MB', note: `${Math.round(before)} MB before it` },
      ];
    });
  } finally {
    await world.close();
  }
}
