import type { Command } from 'commander';
import pc from 'picocolors';
import { type CatalogChange, type CatalogFault, catalogSchema } from '../../catalog/index.ts';
import type { CatalogApplied } from '../../engine/index.ts';
import type { History } from '../../reports/index.ts';
import { backfillText, runBackfill } from './backfill.ts';
import { historyText } from './history.ts';
import { positive, readText, type Within } from './input.ts';
import { valueOf } from './outcome.ts';
import { CommandFailed, createOutput, type Output, table } from './output.ts';
import type { CliApp, CliHost } from './port.ts';

interface Given {
  readonly json?: boolean;
  readonly version?: number;
  readonly history?: boolean;
  readonly backfill?: boolean;
  readonly silent?: boolean;
}

/** Most versions that `history` lists. */
const MAX_VERSIONS = 1_000;

/** The economy file: plan, apply, backfill, history, schema. */
export function addCatalogCommands(
  command: (name: string, description: string, example: string) => Command,
  within: Within,
  host: CliHost,
): void {
  const versioned = (name: string, description: string, example: string, whatFor: string): Command =>
    command(name, description, example)
      .argument('[file]', 'catalog file')
      .option('--version <n>', whatFor, (text) => positive('--version', text));

  versioned(
    'plan',
    'tell what applying a catalog would change',
    'plan catalog.yaml --history\n  $ diana plan --version 3',
    'an earlier version in place of a file: what going back to it would change',
  )
    .option('--history', 'run it over all stored events, in memory: who would gain or lose what')
    .action((file: string | undefined, { json = false, version, history = false }: Given) =>
      within(json, async (app, output) => {
        const given = await sourceOf(app, file, version);
        const planned = app.engine.planCatalog(given.source);
        if (!planned.ok) throw catalogFailed(given.name, planned.faults);
        const { changes } = planned.value;
        if (!history) return output.answer(planned.value, () => changesText(changes));
        const replayed = await replay(app, output, given);
        return output.answer(
          { ...planned.value, history: replayed },
          () => `${changesText(changes)}\n\n${historyText(replayed)}`,
        );
      }),
    );

  versioned(
    'apply',
    'check a catalog and put it in force',
    'apply catalog.yaml --backfill\n  $ diana apply --version 3',
    'an earlier version in place of a file: goes back to it, as a new version',
  )
    .option('--backfill', 'compute what begins with it over all events before it; resumable (diana backfill)')
    .option('--silent', 'with --backfill: unlock what is due without announcing it and without rewards')
    .action((file: string | undefined, { json = false, version: earlier, backfill = false, silent = false }: Given) =>
      within(json, async (app, output) => {
        if (silent && !backfill) throw new CommandFailed('--silent goes with --backfill');
        const given = await sourceOf(app, file, earlier);
        const applied = await app.engine.applyCatalog(given.source, host.actor);
        if (!applied.ok) throw catalogFailed(given.name, applied.faults);
        const whose = earlier === undefined ? '' : `, with the catalog of version ${earlier}`;
        const text = appliedText(applied.value, whose);
        if (!backfill) return output.answer(applied.value, () => text);
        output.note(text);
        valueOf(await app.engine.backfills.start({ silent }, host.actor));
        const status = await runBackfill(app, output);
        return output.answer({ ...applied.value, backfill: status }, () => backfillText(status));
      }),
    );

  command('backfill', 'resume the backfill that is under way, or tell how the last one ended', 'backfill').action(
    ({ json = false }: Given) =>
      within(json, async (app, output) => {
        const status = await runBackfill(app, output);
        output.answer({ backfill: status }, () => backfillText(status));
      }),
  );

  command('history', 'list the versions of the catalog, newest first; the first one is in force', 'history').action(
    ({ json = false }: Given) =>
      within(json, async (app, output) => {
        const versions = await app.catalogs.versions({ limit: MAX_VERSIONS });
        output.answer({ versions }, () =>
          versions.length === 0
            ? 'no catalog was applied yet (diana apply FILE)'
            : table(
                versions.map(({ version, appliedAt, actor, name, changes }) => [
                  version,
                  appliedAt,
                  actor,
                  name ?? '',
                  changes === null ? '' : `${changes} change${changes === 1 ? '' : 's'}`,
                ]),
              ),
        );
      }),
  );

  command(
    'schema',
    'print the JSON Schema of the catalog, by which editors complete and check',
    'schema > catalog.schema.json\n\nThen, as the first line of catalog.yaml:\n  # yaml-language-server: $schema=./catalog.schema.json',
  ).action(({ json = false }: Given) => {
    const schema = catalogSchema();
    createOutput(host, json).answer(schema, () => JSON.stringify(schema, null, 2));
  });
}

/** What is meant: a file, or a version that was applied before. */
async function sourceOf(
  app: CliApp,
  file: string | undefined,
  version: number | undefined,
): Promise<{ readonly name: string; readonly source: string }> {
  if (file !== undefined && version !== undefined) throw new CommandFailed('give a file or --version, not both');
  if (file !== undefined) return { name: file, source: await readText(file) };
  if (version === undefined) throw new CommandFailed('give a catalog file, or --version N (diana history lists them)');
  const found = await app.catalogs.version(version);
  if (found === undefined) throw new CommandFailed(`there is no version ${version}: diana history lists them`);
  return { name: `version ${version}`, source: found.source };
}

async function replay(app: CliApp, output: Output, { name, source }: { name: string; source: string }): Promise<History> {
  const progress = output.progress('history');
  const onProgress = (done: number, total: number): void => progress.update(done, total);
  const outcome = await app.reports.history(source, { onProgress }).finally(() => progress.end());
  if (outcome.ok) return outcome.value;
  throw 'faults' in outcome ? catalogFailed(name, outcome.faults) : new CommandFailed(outcome.refusal.message, outcome.refusal);
}

export function catalogFailed(file: string, faults: readonly CatalogFault[]): CommandFailed {
  const lines = faults.map(({ line, path, message }) => `  ${file}:${line}  ${path === '' ? '' : `${path}: `}${message}`);
  return new CommandFailed(
    `${file} has ${faults.length} fault${faults.length === 1 ? '' : 's'}; nothing was changed\n${lines.join('\n')}`,
    {
      error: 'catalog_invalid',
      errors: faults,
    },
  );
}

function appliedText({ version, applied, changes }: CatalogApplied, whose: string): string {
  return applied
    ? `${changesText(changes)}\nversion ${version} is in force${whose}`
    : `version ${version} is this catalog and in force already`;
}

function changesText(changes: readonly CatalogChange[]): string {
  if (changes.length === 0) return 'no change';
  const sign = { added: pc.green('+'), removed: pc.red('-'), changed: pc.yellow('~') };
  return changes
    .map(({ change, noun, id, before, after, note }) =>
      [
        `${sign[change]} ${noun} ${pc.bold(id)}`,
        ...(before === null ? [] : [pc.dim(`    was ${before}`)]),
        ...(after === null ? [] : [`    ${before === null ? '' : 'now '}${after}`]),
        ...(note === null ? [] : [pc.cyan(`    ${note}`)]),
      ].join('\n'),
    )
    .join('\n');
}
