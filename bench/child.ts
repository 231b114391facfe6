import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A module of this folder, run in a process of its own. */
export interface Child {
  /** The next message it sends. Rejects when it ends instead. */
  receive<T>(): Promise<T>;
  /** Sends a message and waits for what comes back. */
  ask<T>(message: object): Promise<T>;
  /** Ends it, and waits for that. */
  stop(): Promise<void>;
}

export function startChild(module: string, parameters: readonly string[]): Child {
  const path = fileURLToPath(new URL(`./${module}.js`, import.meta.url));
  const child = fork(path, [...parameters], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return {
    receive: () => nextMessage(child, ended, module),
    ask(message) {
      const answer = nextMessage(child, ended, module);
      child.send(message);
      return answer as Promise<never>;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

async function nextMessage<T>(child: ChildProcess, ended: Promise<number | null>, module: string): Promise<T> {
  const early = new AbortController();
  const message = once(child, 'message', { signal: early.signal });
  message.catch(() => undefined);
  const failed = ended.then((code) => {
    early.abort();
    throw new Error(`${module} ended with ${code} instead of answering`);
  });
  const [content] = await Promise.race([message, failed]);
  return content as T;
}

/** What a child calls to answer its parent. */
export function tellParent(message: object): void {
  process.send?.(message);
}

/** The most memory that this process has ever held resident, in megabytes. */
export function peakMemory(): number {
  return process.resourceUsage().maxRSS / 1_024;
}
