import type { Row, Tx } from '../kernel/ports.ts';

/** Why somebody takes no rank: by their own wish, or because an admin said so. Each is lifted by itself. */
export type HiddenKind = 'opted_out' | 'hidden';

export interface Hidden {
  readonly account: number;
  /** Key of a board; empty for all. */
  readonly board: string;
  readonly kind: HiddenKind;
}

interface HiddenRow extends Row {
  readonly board: string;
  readonly kind: HiddenKind;
  readonly at: number;
}

/** All that hides an account, on whichever board. */
export async function hidesOf(tx: Pick<Tx, 'query'>, account: number): Promise<readonly HiddenRow[]> {
  return tx.query<HiddenRow>('select board, kind, at from boards.hidden where account = $1 order by board, kind', [account]);
}

/** `at`: ISO 8601. What is there stays as it is. */
export async function hide(tx: Tx, { account, board, kind }: Hidden, actor: string, at: string): Promise<void> {
  await tx.query(
    'insert into boards.hidden (account, board, kind, actor, at) values ($1, $2, $3, $4, $5::timestamptz) on conflict do nothing',
    [account, board, kind, actor, at],
  );
}

export async function unhide(tx: Tx, { account, board, kind }: Hidden): Promise<void> {
  await tx.query('delete from boards.hidden where account = $1 and board = $2 and kind = $3', [account, board, kind]);
}

interface HiddenAccountRow extends Row {
  readonly account: number;
  /** Keys of boards separated by blanks, an empty one for all. */
  readonly hidden: string;
}

/** Everybody who is hidden on any board. */
export async function loadHidden(tx: Pick<Tx, 'query'>): Promise<readonly HiddenAccountRow[]> {
  return tx.query<HiddenAccountRow>(
    "select account, string_agg(distinct board, ' ') as hidden from boards.hidden group by account",
  );
}
