import { table } from './output.ts';
import type { CliApp } from './port.ts';

export interface BoardTop {
  readonly board: string;
  readonly period: string;
  readonly total: number;
  readonly entries: readonly { readonly rank: number; readonly user: string; readonly score: number }[];
}

/** The top of every board, of the period that is open now. */
export async function boardSummary(app: CliApp, limit = 5): Promise<readonly BoardTop[]> {
  const tops: BoardTop[] = [];
  for (const { id } of app.boardList()) {
    const page = await app.boards.page(id, { period: 'current', offset: 0, limit });
    if (page.ok) tops.push({ board: id, period: page.value.period, total: page.value.total, entries: page.value.entries });
  }
  return tops;
}

export function boardText(tops: readonly BoardTop[]): string {
  return tops
    .map(({ board, period, total, entries }) =>
      [
        `\n${board} (${period}), ${total.toLocaleString('en-US')} ranked`,
        entries.length === 0 ? '  nobody yet' : table(entries.map(({ rank, user, score }) => [`  ${rank}.`, user, score])),
      ].join('\n'),
    )
    .join('\n');
}
