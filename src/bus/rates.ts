import type { Consumer } from './consumer.ts';
import type { Time } from './time.ts';

/** Events a second that are delivered here, averaged over the last while. */
export interface Rates {
  /** Null for what is not delivered by this process. */
  of(name: string): number | null;
  close(): void;
}

/** Milliseconds between looks, and looks that are kept. */
const STEP = 2_000;
const LOOKS = 15;

export function createRates(consumers: ReadonlyMap<string, Consumer>, time: Time): Rates {
  const looks: { readonly at: number; readonly delivered: ReadonlyMap<string, number> }[] = [];
  const stopping = new AbortController();

  function look(): { readonly at: number; readonly delivered: ReadonlyMap<string, number> } {
    return { at: time.now(), delivered: new Map([...consumers].map(([name, { counts }]) => [name, counts.delivered])) };
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      looks.push(look());
      if (looks.length > LOOKS) looks.shift();
      await time.sleep(STEP, stopping.signal);
    }
  }
  void run();

  return {
    of(name) {
      const now = consumers.get(name)?.counts.delivered;
      if (now === undefined) return null;
      // A consumer that began anew counts from nought.
      const oldest = looks.find(({ delivered }) => (delivered.get(name) ?? Number.POSITIVE_INFINITY) <= now);
      const seconds = oldest === undefined ? 0 : (time.now() - oldest.at) / 1_000;
      if (oldest === undefined || seconds < 0.5) return 0;
      return Math.round(((now - (oldest.delivered.get(name) ?? 0)) / seconds) * 10) / 10;
    },
    close: () => stopping.abort(),
  };
}
