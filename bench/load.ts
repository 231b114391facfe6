import type { Engine, EventResult } from '../src/engine/index.ts';
import { quantile } from './numbers.ts';
import { ACTOR } from './world.ts';

export interface LoadResult {
  /** Events a second. */
  readonly rate: number;
  /** Milliseconds from asking to the answer. */
  readonly p50: number;
  readonly p99: number;
}

/**
 * So many askers, each of whom sends one event and waits for its answer before the next. Rejects when an event
 * is not accepted.
 */
export async function loadEngine(engine: Engine, inFlight: number, events: number, next: () => object): Promise<LoadResult> {
  return measured(inFlight, events, async () => accept(await engine.submit([next()], ACTOR)));
}

/** The same with a step of any kind. */
export async function measured(inFlight: number, steps: number, step: () => Promise<unknown>): Promise<LoadResult> {
  const latencies = new Float64Array(steps);
  let begun = 0;
  const asker = async (): Promise<void> => {
    while (begun < steps) {
      const n = begun++;
      const asked = performance.now();
      await step();
      latencies[n] = performance.now() - asked;
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: inFlight }, asker));
  const seconds = (performance.now() - started) / 1_000;
  latencies.sort();
  return { rate: steps / seconds, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
}

export function accept(results: readonly EventResult[]): void {
  for (const result of results) {
    if (result.status !== 'accepted') throw new Error(`an event was not accepted: ${JSON.stringify(result)}`);
  }
}
