import { createLog } from '../src/platform/log.ts';
import { createHttpServer } from '../src/transport/http/index.ts';
import { peakMemory, tellParent } from './child.ts';
import { loadEngine } from './load.ts';
import { createTraffic } from './traffic.ts';
import { ACTOR, openBeside } from './world.ts';

/** What this process is asked: to load its own engine without a wire, or to tell its peak memory. */
export type ServerOrder = { readonly ask: 'load'; readonly run: string; readonly events: number } | { readonly ask: 'memory' };

/** The product serving HTTP, as `diana start` does, on the server that the parent runs in the directory given. */
async function serve(directory: string): Promise<void> {
  const log = createLog('warn');
  const app = await openBeside(directory);
  const http = await createHttpServer({
    engine: app.engine,
    reports: app.reports,
    boards: app.boards,
    closings: app.closings,
    boardList: () => app.catalogs.current().catalog.boards,
    access: app.access,
    catalog: { current: app.catalogs.describe, versions: app.catalogs.versions, version: app.catalogs.version },
    findAccount: app.findAccount,
    bus: app.bus,
    readiness: async () => ({ ready: true, degraded: [] }),
    metrics: app.metrics,
    log,
    clock: app.clock,
    randomness: app.randomness,
  });
  const key = await app.access.createKey({ role: 'service', name: 'bench' }, ACTOR, null);
  if (!key.ok) throw new Error(key.refusal.message);

  process.on('message', (order: ServerOrder) => {
    if (order.ask === 'memory') return tellParent({ peak: peakMemory() });
    loadEngine(app.engine, 2_000, order.events, createTraffic(order.run).next).then(tellParent, fail);
  });
  process.once('disconnect', () => {
    http.close().then(app.close).catch(fail);
  });
  tellParent({ url: await http.listen({ host: '127.0.0.1', port: 0 }), token: key.value.token });
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

serve(process.argv[2] ?? '').catch(fail);
