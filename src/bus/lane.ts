import type { BusEvent } from './model.ts';
import type { Feed } from './tail.ts';

/** One way through the log: what its feed has handed out and nobody has dealt with yet. */
export interface Lane {
  readonly feed: Feed;
  /** Whether nothing is waiting to be delivered. */
  readonly isEmpty: boolean;
  /** Everything up to here was taken. */
  readonly handedOut: number;
  /** Positions that were not taken yet, as far as this process knows the log. */
  readonly behind: number;
  /** Where a cursor should stand when nothing is waiting and nothing under way; undefined when something is. */
  readonly idleAt: number | undefined;
  /** Waits for events; false when the feed has only come further, or ended. */
  fill(limit: number, signal: AbortSignal): Promise<boolean>;
  /** The first events, and up to where everything is among them. With a seam, nothing beyond it. */
  first(limit: number, seam: number | null): { readonly events: readonly BusEvent[]; readonly to: number };
  /** Whether all that is left lies beyond a seam. */
  isBeyond(seam: number): boolean;
  drop(count: number, to: number): void;
  /** Whether a cursor that stands at `stored` should be moved for this alone. */
  isWorthWriting(to: number, stored: number): boolean;
}

/** A cursor may lag behind where nothing was delivered: what does not match is quickly read again. Positions. */
const FAR = 20_000;

/** `isGone`: not to be told any more though it was handed out. */
export function createLane(feed: Feed, isGone: (event: BusEvent) => boolean): Lane {
  let waiting: readonly BusEvent[] = [];
  let to = feed.position;
  let taken = feed.position;
  let isBusy = false;
  return {
    feed,
    get isEmpty() {
      return waiting.length === 0;
    },
    get handedOut() {
      return taken;
    },
    get behind() {
      return waiting.length === 0 && !isBusy ? feed.behind : feed.behind + (to - taken);
    },
    get idleAt() {
      return waiting.length === 0 && !isBusy && taken === to ? feed.position : undefined;
    },
    async fill(limit, signal) {
      isBusy = false;
      if (waiting.length > 0 || taken < to) return (isBusy = true);
      const portion = await feed.next(limit, signal);
      if (portion === undefined) return (isBusy = false);
      waiting = portion.events;
      to = portion.to;
      return (isBusy = true);
    },
    first(limit, seam) {
      // They may have waited behind a closed gate for long.
      if (waiting.some(isGone)) waiting = waiting.filter((event) => !isGone(event));
      const within = seam === null ? waiting : waiting.filter(({ position }) => position <= seam);
      const events = within.slice(0, limit);
      if (events.length < within.length) return { events, to: events.at(-1)?.position ?? taken };
      return { events, to: seam === null ? to : Math.min(to, seam) };
    },
    isBeyond: (seam) => taken >= seam,
    drop(count, upTo) {
      waiting = waiting.slice(count);
      taken = Math.max(taken, upTo);
      isBusy = false;
    },
    isWorthWriting: (upTo, stored) => upTo - stored >= FAR,
  };
}
