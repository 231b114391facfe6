/**
 * Up to which position of the log everything is known. Commits of this process and what is read of others arrive
 * out of order; positions are dense, so a range that does not meet the mark waits for what is between.
 */
export interface Progress {
  /** Everything up to here is known. */
  readonly mark: number;
  /** Positions from … to are known now. */
  cover(from: number, to: number): void;
  /** Resolves once the mark has reached `position`. */
  reached(position: number): Promise<void>;
}

export function createProgress(start: number): Progress {
  let mark = start;
  const ahead = new Map<number, number>();
  let waiting: { readonly position: number; readonly resolve: () => void }[] = [];
  return {
    get mark() {
      return mark;
    },
    cover(from, to) {
      if (to <= mark) return;
      if (from > mark + 1) {
        ahead.set(from, Math.max(to, ahead.get(from) ?? 0));
        return;
      }
      mark = to;
      // Ranges may overlap what was read of the log, so look at all that begin at or below the mark.
      for (let grown = true; grown && ahead.size > 0; ) {
        grown = false;
        for (const [start, end] of ahead) {
          if (start > mark + 1) continue;
          ahead.delete(start);
          if (end > mark) {
            mark = end;
            grown = true;
          }
        }
      }
      const reached = waiting.filter(({ position }) => position <= mark);
      if (reached.length === 0) return;
      waiting = waiting.filter(({ position }) => position > mark);
      for (const { resolve } of reached) resolve();
    },
    reached(position) {
      if (position <= mark) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ position, resolve }));
    },
  };
}
