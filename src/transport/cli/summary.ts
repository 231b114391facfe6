import type { Command } from 'commander';
import pc from 'picocolors';
import type { BoardTop, Summary } from '../../reports/index.ts';
import type { Within } from './input.ts';
import { table } from './output.ts';

/** Lines of each table: what fits on a screen with five boards. */
const LINES = 5;
/** Longest bar of the histogram, in characters. */
const BAR = 30;
/** Rows of the histogram; more levels than that are put together. */
const ROWS = 10;

/** `diana summary`: what an import ends with. */
export function addSummaryCommand(
  command: (name: string, description: string, example: string) => Command,
  within: Within,
): void {
  command('summary', 'the top of every board, the longest streaks, the rarest unlocks, users by level', 'summary').action(
    ({ json = false }: { json?: boolean }) =>
      within(json, async (app, output) => {
        const summary = await app.reports.summary();
        output.answer(summary, () => summaryText(summary));
      }),
  );
}

/** For people, with what there is nothing to tell of left out. */
export function summaryText({ users, boards, streaks, unlocks, levels }: Summary): string {
  const sections = boards.map(boardText);
  if (streaks.length > 0) sections.push(section('Longest streaks', '', streakRows(streaks)));
  if (unlocks.rarest.length > 0)
    sections.push(section('Rarest unlocks', `of ${number(unlocks.total)} by ${number(users)} users`, unlockRows(unlocks.rarest)));
  if (levels.length > 1) sections.push(section('Levels', `of ${number(users)} users`, levelRows(levels)));
  return sections.join('\n\n');
}

type Rows = Parameters<typeof table>[0];

function section(title: string, note: string, rows: Rows): string {
  const heading = note === '' ? pc.bold(title) : `${pc.bold(title)}  ${pc.dim(note)}`;
  return `${heading}\n${table(rows.map((row) => [' ', ...row]))}`;
}

function boardText({ board, period, total, entries }: BoardTop): string {
  if (period === null) return `${pc.bold(board)}  ${pc.dim('nobody yet')}`;
  const rows = entries.slice(0, LINES).map(({ rank, user, score }) => [`${rank}.`, user, score]);
  return section(board, `${period === 'all' ? '' : `${period}, `}${number(total)} ranked`, rows);
}

function streakRows(streaks: Summary['streaks']): Rows {
  return streaks
    .slice(0, LINES)
    .map(({ user, streak, longest, first, last }) => [
      `${longest} ${longest === 1 ? 'day' : 'days'}`,
      streak,
      user,
      `${first} to ${last}`,
    ]);
}

function unlockRows(rarest: Summary['unlocks']['rarest']): Rows {
  return rarest
    .slice(0, LINES)
    .map(({ name, tier, users, percent, first }) => [
      `${name}, ${tier}`,
      `${number(users)} ${users === 1 ? 'user' : 'users'} (${percent} %)`,
      `${users === 1 ? '' : 'first '}${first.user} on ${first.at.slice(0, 10)}`,
    ]);
}

function levelRows(levels: Summary['levels']): Rows {
  const highest = levels.at(-1)?.level ?? 1;
  const width = Math.ceil(highest / ROWS);
  const rows = new Map<number, number>();
  for (const { level, users } of levels) {
    const row = Math.floor((level - 1) / width);
    rows.set(row, (rows.get(row) ?? 0) + users);
  }
  const most = Math.max(...rows.values());
  return [...rows].map(([row, users]) => {
    const from = row * width + 1;
    const range = width === 1 ? `${from}` : `${from}–${from + width - 1}`;
    return [range, users, '█'.repeat(Math.max(1, Math.round((users / most) * BAR)))];
  });
}

function number(n: number): string {
  return n.toLocaleString('en-US');
}
