/** Which users wait: deliveries of theirs stand in the table, by position. One subscription's, kept by who delivers it. */
export interface Held {
  readonly size: number;
  add(account: number, position: number): void;
  remove(account: number, position: number): void;
  /** Whether something of this user waits that comes before this position. */
  isBefore(account: number, position: number): boolean;
}

export function createHeld(rows: readonly { readonly account: number; readonly position: number }[]): Held {
  /** Ascending. Nearly always appended to at the end and taken from at the beginning. */
  const waiting = new Map<number, number[]>();
  let size = 0;

  const held: Held = {
    get size() {
      return size;
    },
    add(account, position) {
      const positions = waiting.get(account);
      if (positions === undefined) waiting.set(account, [position]);
      else {
        let at = positions.length;
        while (at > 0 && (positions[at - 1] as number) > position) at -= 1;
        if (positions[at - 1] === position) return;
        positions.splice(at, 0, position);
      }
      size += 1;
    },
    remove(account, position) {
      const positions = waiting.get(account);
      const at = positions?.indexOf(position) ?? -1;
      if (positions === undefined || at < 0) return;
      positions.splice(at, 1);
      size -= 1;
      if (positions.length === 0) waiting.delete(account);
    },
    isBefore: (account, position) => (waiting.get(account)?.[0] ?? Number.POSITIVE_INFINITY) < position,
  };
  for (const { account, position } of rows) held.add(account, position);
  return held;
}
