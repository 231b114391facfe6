/** What the tables say of an account: keys of boards separated by blanks, an empty one for all boards; null for none. */
export interface HiddenAccount {
  readonly account: number;
  readonly hidden: string | null;
}

/** Who takes no rank on which board, read from the table once and fed by position from then on. */
export interface Hides {
  /** Resolves once everything is known. */
  ready(): Promise<void>;
  covers(account: number, board: string): boolean;
  /** As of `position`. */
  learn(account: HiddenAccount, position: number): void;
}

export function createHides(load: () => Promise<{ readonly position: number; readonly rows: readonly HiddenAccount[] }>): Hides {
  const boardsOf = new Map<number, ReadonlySet<string>>();
  /** What was learned while the table was being read; null otherwise. */
  let meanwhile: { readonly account: HiddenAccount; readonly position: number }[] | null = null;
  let loaded: Promise<void> | undefined;
  let isKnown = false;

  function put({ account, hidden }: HiddenAccount): void {
    if (hidden === null) boardsOf.delete(account);
    else boardsOf.set(account, new Set(hidden.split(' ')));
  }

  async function read(): Promise<void> {
    meanwhile = [];
    try {
      const { position, rows } = await load();
      for (const row of rows) put(row);
      for (const one of meanwhile) if (one.position >= position) put(one.account);
      isKnown = true;
    } catch (error) {
      loaded = undefined;
      throw error;
    } finally {
      meanwhile = null;
    }
  }

  return {
    ready: () => (loaded ??= read()),
    covers(account, board) {
      if (boardsOf.size === 0) return false;
      const boards = boardsOf.get(account);
      return boards !== undefined && (boards.has('') || boards.has(board));
    },
    learn(account, position) {
      if (meanwhile !== null) meanwhile.push({ account, position });
      // What was not read yet will be newer than this.
      else if (isKnown) put(account);
    },
  };
}
