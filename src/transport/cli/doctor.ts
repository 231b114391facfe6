import pc from 'picocolors';
import { type Output, table } from './output.ts';
import type { CliApp } from './port.ts';

/** What must be on for an acknowledged event to survive a power cut. */
const DURABLE = ['fsync', 'full_page_writes', 'synchronous_commit'];
/** The service verifies every day: two days without it are a fault. Seconds. */
const STALE = 2 * 24 * 60 * 60;

export async function diagnose(app: CliApp, output: Output): Promise<void> {
  const facts = await app.health();
  const { place } = app;
  const catalog = app.catalog();
  const warnings: string[] = [];
  for (const name of DURABLE) {
    if (facts.settings[name] === 'off') warnings.push(`${name} is off: acknowledged events can be lost in a power cut`);
  }
  if (place.role === null) {
    warnings.push(
      'the role diana_service is not there or not ours: triggers alone keep the ledger from being changed (grant it, or let the migrating user create roles)',
    );
  }
  if (catalog === undefined) warnings.push('no catalog is in force: events earn nothing (diana apply FILE)');
  if (facts.lastVerification !== null && !facts.lastVerification.ok)
    warnings.push('the last verification found a fault: run diana verify');
  if (facts.lastVerification !== null && facts.lastVerification.ageSeconds > STALE) {
    warnings.push('the ledger was not verified for two days: is the service running?');
  }
  const document = {
    ok: warnings.length === 0,
    place,
    catalog: catalog === undefined ? null : { version: catalog.version, appliedAt: catalog.appliedAt },
    ...facts,
    warnings,
  };
  output.answer(document, () =>
    [
      table([
        [
          'database',
          `${place.kind === 'embedded' ? 'embedded PostgreSQL' : 'PostgreSQL'} ${place.serverVersion} in ${place.where}`,
        ],
        ['size', `${(facts.bytes / 1e6).toFixed(1)} MB`],
        ['role', place.role ?? 'the login role'],
        ['catalog', catalog === undefined ? 'none' : `version ${catalog.version} since ${catalog.appliedAt}`],
        ['log', `position ${facts.position.toLocaleString('en-US')}`],
        ['users', facts.users.toLocaleString('en-US')],
        ['ledger', `${facts.entries.toLocaleString('en-US')} transfers, ${verificationText(facts.lastVerification)}`],
        ['commit', `${facts.commitMs.toFixed(2)} ms durable (median)`],
      ]),
      ...warnings.map((warning) => pc.yellow(`! ${warning}`)),
      warnings.length === 0 ? pc.green('all is well') : '',
    ].join('\n'),
  );
}

function verificationText(last: { readonly finishedAt: string; readonly ok: boolean } | null): string {
  if (last === null) return 'never verified';
  return `${last.ok ? 'verified' : 'found faulty'} at ${last.finishedAt}`;
}
