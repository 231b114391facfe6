import type { App } from '../../src/app.ts';
import type { Subscribed } from '../../src/bus/index.ts';
import { ACTOR } from '../world.ts';
import type { Rival } from './rival.ts';

const TYPE = 'bench.happened';

/** Our own bus: calls are published in a transaction each, single events by `submit`, which shares them. */
export function openDianaBus({ bus, engine }: App): Rival {
  let subscribed: Subscribed | undefined;
  let timer: NodeJS.Timeout | undefined;
  return {
    name: 'Diana',
    async start(handled) {
      /** In the order of their calls; they count once the checkpoint behind them is committed. */
      let called: number[] = [];
      let told = 0;
      subscribed = await bus.subscribe(TYPE, ({ data }) => void called.push(data['n'] as number), { name: 'bench' });
      const look = (): void => {
        const delivered = bus.gauges().find(({ subscription }) => subscription === 'bench')?.delivered ?? 0;
        if (delivered > told) {
          for (const n of called.slice(0, delivered - told)) handled(n);
          called = called.slice(delivered - told);
          told = delivered;
        }
      };
      timer = setInterval(look, 1);
    },
    async publish(batch) {
      const events = batch.map(({ n, user }) => ({ type: TYPE, user: user.slice(0, 9), data: { n, text: user } }));
      if (events.length > 1) return bus.transaction(async (tx) => bus.publish(tx, events));
      const [result] = await engine.submit(events, ACTOR);
      if (result?.status !== 'accepted') throw new Error(JSON.stringify(result));
    },
    async stopWorker() {
      clearInterval(timer);
      await subscribed?.stop();
    },
    close: async () => undefined,
  };
}
