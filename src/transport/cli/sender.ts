import type { EventResult } from '../../engine/index.ts';
import { CommandFailed } from './output.ts';

export interface Line {
  /** 1-based. */
  readonly number: number;
  readonly event: unknown;
}

export interface Sender {
  /** Takes a batch over; waits while enough are under way. Rejects when sending failed for good. */
  send(lines: readonly Line[]): Promise<void>;
  /** Resolves when every line that was sent has its answer. */
  settle(): Promise<void>;
}

interface SenderOptions {
  readonly submit: (events: readonly unknown[]) => Promise<readonly EventResult[]>;
  /** Called once for each line, with an answer that will not change. */
  readonly take: (line: Line, result: EventResult) => void;
  /** Called after each answer of the engine. */
  readonly onProgress: () => void;
  /** Milliseconds between two attempts. */
  readonly pause?: number;
}

/** Events of one request. */
export const BATCH = 500;
/** Requests at once. */
const UNDER_WAY = 6;
const PAUSE = 500;
/** Attempts in a row without one answer, half a minute of them; then the import gives up. It can be resumed. */
const MAX_ATTEMPTS = 60;

/**
 * Sends batches, several at once. Rules look at what came before, so order matters: as soon as a line is turned away
 * for the moment, nothing new is sent until it and all others like it are in, one batch after the other by line.
 */
export function createSender({ submit, take, onProgress, pause = PAUSE }: SenderOptions): Sender {
  const underWay = new Set<Promise<void>>();
  let turnedAway: Line[] = [];
  let failure: { readonly error: unknown } | undefined;

  /** The lines that have no answer yet. */
  const attempt = async (lines: readonly Line[]): Promise<readonly Line[]> => {
    const results = await submit(lines.map(({ event }) => event));
    const open: Line[] = [];
    for (const [i, line] of lines.entries()) {
      const result = results[i] as EventResult;
      if (isTransient(result)) open.push(line);
      else take(line, result);
    }
    onProgress();
    return open;
  };

  const resend = async (lines: readonly Line[]): Promise<void> => {
    let open = lines;
    for (let attempts = 0; open.length > 0; attempts += 1) {
      if (attempts >= MAX_ATTEMPTS)
        throw new CommandFailed('the database does not answer; run the same command again to go on where it stopped');
      await new Promise((resolve) => setTimeout(resolve, pause));
      const left = await attempt(open);
      if (left.length < open.length) attempts = 0;
      open = left;
    }
  };

  const settle = async (): Promise<void> => {
    await Promise.all(underWay);
    if (failure !== undefined) throw failure.error;
    const lines = turnedAway.toSorted((a, b) => a.number - b.number);
    turnedAway = [];
    for (let from = 0; from < lines.length; from += BATCH) await resend(lines.slice(from, from + BATCH));
  };

  return {
    async send(lines) {
      if (underWay.size >= UNDER_WAY) await Promise.race(underWay);
      if (turnedAway.length > 0 || failure !== undefined) await settle();
      const sent = attempt(lines)
        .then((open) => void turnedAway.push(...open))
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => underWay.delete(sent));
      underWay.add(sent);
    },
    settle,
  };
}

function isTransient(result: EventResult): boolean {
  return result.status === 'refused' && (result.code === 'busy' || result.code === 'unavailable');
}
