import pc from 'picocolors';
import { CommandFailed, type Output, table } from './output.ts';
import type { CliApp } from './port.ts';

/** Proves every account and says so; throws with the first bad entry when one does not hold. */
export async function verify(app: CliApp, output: Output): Promise<void> {
  const progress = output.progress('verify');
  const report = await app.verify((done, total) => progress.update(done, total));
  progress.end();
  if (!report.ok) {
    const lines = report.faults.map(({ account, currency, entry, transfer, what }) =>
      [account, currency, entry === null ? '' : `entry ${entry}`, transfer ?? '', what].filter((part) => part !== '').join('  '),
    );
    throw new CommandFailed(`${pc.red('the ledger does not hold')}\n${lines.map((line) => `  ${line}`).join('\n')}`, report);
  }
  output.answer(report, () =>
    [
      `${pc.green('every account holds')}: accounts ${report.accounts.toLocaleString('en-US')}, entries ${report.entries.toLocaleString('en-US')}`,
      table(
        Object.entries(report.currencies).map(([code, { issued, spent, expired, adjusted, balances }]) => [
          `  ${code}`,
          `issued ${issued.toLocaleString('en-US')}`,
          `spent ${spent.toLocaleString('en-US')}`,
          `expired ${expired.toLocaleString('en-US')}`,
          `adjusted ${adjusted.toLocaleString('en-US')}`,
          `= balances ${balances.toLocaleString('en-US')}`,
        ]),
      ),
      `root ${report.heads}`,
      'The root is one hash over the heads of all chains. Kept elsewhere, it tells whether a copy of this moment is the same.',
    ]
      .filter((line) => line !== '')
      .join('\n'),
  );
}
