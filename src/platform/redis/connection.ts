/** The driver, loaded when it is needed. */
export type Driver = typeof import('@redis/client');

/** Redis cannot be reached, or did not answer in time. What was sent may or may not have been done. */
export class RedisUnavailable extends Error {
  override readonly name = 'RedisUnavailable';
}

/** One connection to one server. It does not come back when it is lost: whoever opened it opens another. */
export interface Connection {
  /** Resolves when commands are taken. Has no time limit of its own, nor has `call`; `end` makes both reject. */
  readonly ready: Promise<void>;
  /**
   * Commands that are called without awaiting the one before are pipelined, and answered in order. Rejects with the
   * error that Redis replied, else with `RedisUnavailable`.
   */
  call(args: readonly string[]): Promise<unknown>;
  end(): void;
}

/**
 * Reconnecting, queueing and timeouts of the driver are off. Its command timeout ends when a command has been written,
 * so it would never notice a server that is paused; and after an outage the masters may be others. Time limits, and
 * beginning again, are the store's.
 *
 * `lost`: called, maybe more than once, when the connection breaks by itself.
 */
export function openConnection(
  driver: Driver,
  url: URL,
  connectTimeout: number,
  lost: (reason: RedisUnavailable) => void,
): Connection {
  const client = driver.createClient({
    url: url.href,
    // Replies in their plain form, and no notifications in between.
    RESP: 2,
    disableOfflineQueue: true,
    socket: { connectTimeout, reconnectStrategy: false },
  });
  // Without a listener, an 'error' ends the process.
  client.on('error', (error: unknown) => lost(unavailable(error)));
  const ready = client.connect().then(
    () => undefined,
    (error: unknown) => {
      throw unavailable(error);
    },
  );
  // It may be given up while nobody waits for it.
  ready.catch(() => undefined);
  return {
    ready,
    async call(args) {
      try {
        return await client.sendCommand(args);
      } catch (error) {
        throw error instanceof driver.ErrorReply ? error : unavailable(error);
      }
    },
    end: () => client.destroy(),
  };
}

function unavailable(error: unknown): RedisUnavailable {
  // Node gathers what went wrong with each address of a name in an error that says nothing itself.
  const cause: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return new RedisUnavailable(cause instanceof Error ? cause.message : String(cause), { cause });
}
