import type { Command } from 'commander';
import pc from 'picocolors';
import type { RebuildReport } from '../../engine/index.ts';
import type { Within } from './input.ts';
import { CommandFailed, table } from './output.ts';

/** Everything that is derived, folded from the log again. */
export function addRebuildCommand(
  command: (name: string, description: string, example: string) => Command,
  within: Within,
): void {
  command(
    'rebuild',
    'fold boards, streaks and unlocks from the log again; exit 1 when something is kept otherwise',
    'rebuild --check',
  )
    .requiredOption('--check', 'compare only: nothing is written')
    .action(({ json = false }: { readonly json?: boolean }) =>
      within(json, async (app, output) => {
        const progress = output.progress('rebuild');
        const { position } = app.engine.status();
        const report = await app.rebuild((rows) => progress.update(rows, Math.max(rows, position)));
        progress.end();
        if (!report.ok) throw new CommandFailed(failedText(report), report);
        output.answer(report, () => `${pc.green('all of it is as the log bears out')}: ${countsText(report)}`);
      }),
    );
}

function countsText({ users, rows, scores, streaks, unlocks, skipped }: RebuildReport): string {
  const count = (n: number): string => n.toLocaleString('en-US');
  const checked = `users ${count(users)}, events ${count(rows)}, scores ${count(scores)}, streaks ${count(streaks)}, unlocks ${count(unlocks)}`;
  return skipped === 0 ? checked : `${checked}; ${count(skipped)} users are from before the log recorded what events count`;
}

function failedText(report: RebuildReport): string {
  const { differences, first } = report;
  const rows = first.map(({ account, what, key, live, rebuilt }) => [
    `  ${account}`,
    what,
    key,
    `kept ${live ?? 'nothing'}`,
    `the log says ${rebuilt ?? 'nothing'}`,
  ]);
  const more = differences > first.length ? [`  and ${differences - first.length} more`] : [];
  return [pc.red(`${differences} values are kept otherwise than the log bears out`), table(rows), ...more].join('\n');
}
