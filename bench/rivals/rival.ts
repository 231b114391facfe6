/** What every rival carries: as JSON about 150 bytes. */
export interface RivalEvent {
  /** Numbers the events of one measurement, from 0. */
  readonly n: number;
  readonly user: string;
}

/** A durable queue with one kind of event and one worker, publisher and worker in this process. */
export interface Rival {
  readonly name: string;
  /**
   * Resolves when the worker looks for events. Calls `handled` once the handler has run for event `n` and its completion
   * is committed, so that it would not run again after a crash of this process.
   */
  start(handled: (n: number) => void): Promise<void>;
  /** Resolves when the events are kept; by one statement or round trip where the library can. */
  publish(batch: readonly RivalEvent[]): Promise<void>;
  /** Resolves when nothing is handled any more; `start` may follow. */
  stopWorker(): Promise<void>;
  /** Gives back connections and whatever was opened for this rival. */
  close(): Promise<void>;
}
