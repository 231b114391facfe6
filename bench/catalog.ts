import { compileCondition } from '../src/kernel/conditions/index.ts';
import { loadEngine } from './load.ts';
import { median } from './numbers.ts';
import type { BenchOptions, Figure } from './section.ts';
import { seedUsers } from './seed.ts';
import { CATALOG, createTraffic, WHOLE_CATALOG } from './traffic.ts';
import { ACTOR, openWorld } from './world.ts';

const IN_FLIGHT = 2_000;

/** What the whole of the catalog costs, against the narrow one of the main path, in turns on two databases alike. */
export async function catalog({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const events = quick ? 20_000 : 100_000;
  const narrow: number[] = [];
  const whole: number[] = [];
  const worlds = [
    { world: await openWorld(), source: CATALOG, rates: narrow },
    { world: await openWorld(), source: WHOLE_CATALOG, rates: whole },
  ];
  const applied: number[] = [];
  try {
    for (const { world, source } of worlds) {
      await world.withApp((app) => seedUsers(app, source));
      await world.withApp(({ engine }) => loadEngine(engine, IN_FLIGHT, 30_000, createTraffic('warm').next));
      await world.settle();
    }
    for (let round = 0; round < (quick ? 1 : 3); round += 1) {
      for (const { world, rates } of worlds) {
        await world.withApp(async ({ engine }) => {
          const traffic = createTraffic(`round-${round}`);
          await loadEngine(engine, IN_FLIGHT, 5_000, traffic.next);
          rates.push((await loadEngine(engine, IN_FLIGHT, events, traffic.next)).rate);
        });
      }
    }
    await worlds[0]?.world.withApp(async ({ engine }) => {
      for (let n = 0; n < 3; n += 1) {
        const started = performance.now();
        const outcome = await engine.applyCatalog(manyRules(500, n), ACTOR);
        if (!outcome.ok) throw new Error(`the catalog has faults: ${JSON.stringify(outcome.faults)}`);
        applied.push(performance.now() - started);
      }
    });
  } finally {
    for (const { world } of worlds) await world.close();
  }
  return [
    {
      name: 'whole catalog, 2,000 in flight',
      value: median(whole),
      unit: 'events/s',
      baseline: { name: 'narrow catalog', value: median(narrow) },
      target: { of: 'ratio', least: 0.8 },
    },
    { name: 'applying a catalog of 500 rules', value: median(applied), unit: 'ms', target: { of: 'value', most: 1_000 } },
    condition(),
  ];
}

function manyRules(count: number, version: number): string {
  const rules = Array.from(
    { length: count },
    (_, n) =>
      `  - { id: r${n}, on: code.t${n}, when: 'event.data.files > ${n} && event.local.hour < 23', award: { points: ${n + 1} } }`,
  );
  return `${CATALOG.replace('name: bench', `name: bench-${version}`).split('rules:')[0]}rules:\n${rules.join('\n')}\n`;
}

function condition(): Figure {
  const source = "event.data.files > 0 && event.data.repo.startsWith('di') && event.local.hour < 23 && metrics['commits'] >= 3";
  const compiled = compileCondition(source, { data: null, metrics: ['commits'] });
  if (!compiled.ok) throw new Error(compiled.message);
  const scope = {
    event: { type: 'code.commit', source: 'default', data: { files: 3, repo: 'diana' }, time: 0, local: { hour: 3, weekday: 1 } },
    user: { attributes: {}, level: 1 },
    metric: () => 5,
    now: 0,
  };
  const value = median(
    Array.from({ length: 5 }, () => {
      const rounds = 500_000;
      let held = 0;
      const started = performance.now();
      for (let n = 0; n < rounds; n += 1) {
        const result = compiled.expression.evaluate(scope);
        if (result.ok && result.value) held += 1;
      }
      if (held !== rounds) throw new Error('the condition does not hold');
      return ((performance.now() - started) / rounds) * 1_000;
    }),
  );
  return { name: 'a condition of four comparisons', value, unit: 'µs', target: { of: 'value', most: 2 } };
}
