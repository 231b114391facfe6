import { readYaml } from '../catalog/read-yaml.ts';
import { createListen, isReserved, parseEvents } from '../events/index.ts';
import type { Scope } from '../kernel/conditions/index.ts';
import type { Faults } from '../kernel/document.ts';
import { type Metric, parseMetrics } from './index.ts';

const EVENTS = `
code.commit: { data: { files: integer, repo: string } }
quiz.answered: { data: { correct: boolean } }`;

/** What `metrics:` with this text is, and its faults, beside a currency, a streak, levels and two events. */
export function read(source: string, hasLevels = true): { readonly metrics: readonly Metric[]; readonly faults: Faults } {
  const faults: Faults = [];
  const listen = createListen(parseEvents(faults, readYaml(faults, EVENTS)), false);
  const context = { listen, isReserved, currencies: ['points'], streaks: ['daily'], hasLevels };
  const metrics = parseMetrics(faults, readYaml(faults, source), context);
  return { metrics, faults };
}

/** The metric with this definition. */
export function metricOf(definition: string): Metric {
  const { metrics, faults } = read(`m: ${definition}`);
  const [metric] = metrics;
  if (metric === undefined || faults.length > 0) throw new Error(faults.map(({ message }) => message).join('\n'));
  return metric;
}

/** The moment of an event with this data. */
export function scopeOf(data: Readonly<Record<string, unknown>>, level = 1): Scope {
  return {
    event: { type: 'code.commit', source: 'default', data, time: 0, local: { hour: 0, weekday: 1 } },
    user: { attributes: {}, level },
    metric: () => 0,
    now: 0,
  };
}
