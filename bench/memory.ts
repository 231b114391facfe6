import { peakMemory } from './child.ts';
import { loadEngine } from './load.ts';
import { median } from './numbers.ts';
import type { BenchOptions, Figure } from './section.ts';
import { seedUsers } from './seed.ts';
import { createTraffic } from './traffic.ts';
import { openWorld } from './world.ts';

/** Caches and the heap have their size after that; what grows later is a leak. Milliseconds. */
const SETTLING = 20_000;
const SAMPLE = 500;
const ROUND = 20_000;
/** Samples that are summed up at each end: one garbage collection more or less must not decide. */
const END = 20;

/** Resident memory of the process under steady load, 2,000 in flight. */
export async function memory({ soak }: BenchOptions): Promise<readonly Figure[]> {
  const world = await openWorld();
  const samples: number[] = [];
  let events = 0;
  try {
    await world.withApp(async (app) => {
      await seedUsers(app);
      const traffic = createTraffic('soak');
      const started = performance.now();
      const timer = setInterval(() => {
        if (performance.now() - started > SETTLING) samples.push(process.memoryUsage.rss() / 2 ** 20);
      }, SAMPLE);
      while (performance.now() - started < SETTLING + soak * 60_000) {
        await loadEngine(app.engine, 2_000, ROUND, traffic.next);
        events += ROUND;
      }
      clearInterval(timer);
    });
  } finally {
    await world.close();
  }
  const growth = median(samples.slice(-END)) - median(samples.slice(0, END));
  return [
    {
      name: `growth of memory over ${soak} min of load`,
      value: growth,
      unit: 'MB',
      target: { of: 'value', most: 50 },
      note: `${events.toLocaleString('en-US')} events`,
    },
    { name: 'memory under load, peak', value: peakMemory(), unit: 'MB', target: { of: 'value', most: 500 } },
  ];
}
