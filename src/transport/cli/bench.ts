import { CommandFailed, type Output, table } from './output.ts';
import type { CliApp, CliHost } from './port.ts';

const CATALOG = `
diana: 1
name: bench
currencies: { points: { name: Points } }
metrics:
  done: { count: 'bench.*' }
  earned: { earned: points }
rules:
  - { id: step, on: bench.step, award: { points: 10 } }
boards:
  - { id: weekly, metric: earned, period: week }
  - { id: done, metric: done }
`;

/** A quick look at what this machine does: every event awards points, moves two boards, and is answered after its commit. */
export async function runBench(
  app: CliApp,
  host: CliHost,
  output: Output,
  options: { readonly events: number; readonly inFlight: number },
): Promise<void> {
  const applied = await app.engine.applyCatalog(CATALOG, host.actor);
  if (!applied.ok) throw new CommandFailed('the catalog of the benchmark is not valid');
  const progress = output.progress('bench');
  const latencies: number[] = [];
  const started = host.stopwatch();
  let sent = 0;
  const person = async (): Promise<void> => {
    while (sent < options.events) {
      const n = sent++;
      const asked = host.stopwatch();
      // A prime step visits ten thousand users in no order a cache would like.
      const [result] = await app.engine.submit(
        [{ id: `bench-${n}`, type: 'bench.step', user: `user-${(n * 7_919) % 10_000}` }],
        host.actor,
      );
      if (result?.status !== 'accepted') throw new CommandFailed(`an event was not accepted: ${JSON.stringify(result)}`);
      latencies.push(host.stopwatch() - asked);
      progress.update(latencies.length, options.events);
    }
  };
  await Promise.all(Array.from({ length: options.inFlight }, person));
  const seconds = (host.stopwatch() - started) / 1_000;
  progress.end();
  const report = await app.verify(() => undefined);
  if (!report.ok) throw new CommandFailed('the ledger does not verify after the benchmark', report);
  const facts = await app.health();
  latencies.sort((a, b) => a - b);
  const quantile = (q: number): number =>
    Math.round((latencies[Math.min(Math.floor(latencies.length * q), latencies.length - 1)] ?? 0) * 100) / 100;
  const figures = {
    events: options.events,
    inFlight: options.inFlight,
    eventsPerSecond: Math.round(options.events / seconds),
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    commitMs: Math.round(facts.commitMs * 100) / 100,
    settings: facts.settings,
    verified: true,
  };
  output.answer(figures, () =>
    table([
      ['events/s', figures.eventsPerSecond.toLocaleString('en-US')],
      ['p50', `${figures.p50Ms} ms`],
      ['p99', `${figures.p99Ms} ms`],
      ['bare commit', `${figures.commitMs} ms`],
      [
        'durability',
        Object.entries(facts.settings)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
      ],
      ['ledger', `verified, ${report.entries.toLocaleString('en-US')} entries`],
    ]),
  );
}
