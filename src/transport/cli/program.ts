import { Command } from 'commander';
import pc from 'picocolors';
import { type NewKey, type Role, ROLES } from '../../access/index.ts';
import { runBench } from './bench.ts';
import { addCatalogCommands, catalogFailed } from './catalog.ts';
import { diagnose } from './doctor.ts';
import { addFlowsCommand } from './flows.ts';
import { importFile } from './import.ts';
import { type Within, positive, readText } from './input.ts';
import { CommandFailed, createOutput, table } from './output.ts';
import type { CliApp, CliHost, Started } from './port.ts';
import { addRebuildCommand } from './rebuild.ts';
import { addBusCommands } from './subscriptions.ts';
import { addSummaryCommand, summaryText } from './summary.ts';
import { addTraceCommand } from './trace.ts';
import { verify } from './verify.ts';
import { addWhyCommand } from './why.ts';

/** The command line. Every command answers text, or with --json one JSON document on standard output. */
export function createProgram(host: CliHost): Command {
  const program = new Command('diana')
    .description('Diana, an engagement engine: events in; points, achievements, streaks and ranks out.')
    .version(host.version)
    // Else `--version` would be the product's behind a command, too.
    .enablePositionalOptions()
    .showHelpAfterError('(add --help to see what it takes)')
    .configureOutput({ writeOut: (text) => host.out.write(text), writeErr: (text) => host.err.write(text) });

  const command = (name: string, description: string, example: string): Command =>
    program
      .command(name)
      .description(description)
      .option('--json', 'answer one JSON document')
      .addHelpText('after', `\nExample:\n  $ diana ${example}`);

  /** Opens the product, runs, closes: also when it fails. */
  const within: Within = async (json, run) => {
    const app = await host.open();
    try {
      await run(app, createOutput(host, json));
    } finally {
      await app.close();
    }
  };

  command('start', 'run the service until it is stopped', 'start').action(async (options: { json?: boolean }) => {
    await host.serve((started) => {
      host.out.write(options.json === true ? `${JSON.stringify(started)}\n` : `${startedText(started)}\n`);
    });
  });

  addCatalogCommands(command, within, host);

  command(
    'import',
    'take in a file of events, one JSON object a line; again changes nothing',
    'import events.ndjson.gz --catalog catalog.yaml',
  )
    .argument('<file>', 'NDJSON, gzipped when it ends in .gz')
    .option('--catalog <file>', 'apply this catalog first')
    .action((file: string, { json = false, catalog }: { json?: boolean; catalog?: string }) =>
      within(json, async (app, output) => {
        if (catalog !== undefined) {
          const applied = await app.engine.applyCatalog(await readText(catalog), host.actor);
          if (!applied.ok) throw catalogFailed(catalog, applied.faults);
        }
        if (app.catalog() === undefined)
          output.note('no catalog is in force: events are stored and earn nothing (diana apply FILE)');
        const report = await importFile(app, host, file, output);
        const text = (): string =>
          [
            `${report.accepted.toLocaleString('en-US')} accepted, ${report.duplicate.toLocaleString('en-US')} known already, ` +
              `${report.refused.toLocaleString('en-US')} refused, in ${report.seconds} s (${report.eventsPerSecond.toLocaleString('en-US')} events/s)`,
            ...report.faults.map(({ line, code, message }) => pc.yellow(`  line ${line}: ${code}: ${message}`)),
            ...Object.entries(report.awarded).map(
              ([currency, amount]) => `${amount.toLocaleString('en-US')} ${currency} awarded`,
            ),
            '',
            summaryText(report.summary),
          ].join('\n');
        output.answer(report, text);
        if (report.refused > 0) process.exitCode = 1;
      }),
    );

  addSummaryCommand(command, within);

  addWhyCommand(command, within);
  addTraceCommand(command, within);
  addFlowsCommand(command, within);
  addBusCommands(program, command, within, host);

  command('verify', 'prove every account of the ledger; exit 1 when something does not hold', 'verify').action(
    ({ json = false }: { json?: boolean }) => within(json, (app, output) => verify(app, output)),
  );

  addRebuildCommand(command, within);

  command('doctor', 'say where the data are and whether all is well', 'doctor').action(({ json = false }: { json?: boolean }) =>
    within(json, (app, output) => diagnose(app, output)),
  );

  command('bench', 'measure this machine on a throw-away database', 'bench --events 50000')
    .option('--events <n>', 'how many events', (text) => positive('--events', text), 50_000)
    .option('--in-flight <n>', 'how many wait for their answer at once', (text) => positive('--in-flight', text), 200)
    .action(async ({ json = false, events, inFlight }: { json?: boolean; events: number; inFlight: number }) => {
      const app = await host.openTemporary();
      try {
        await runBench(app, host, createOutput(host, json), { events, inFlight });
      } finally {
        await app.close();
      }
    });

  command('export', 'write all that is known about one user', 'export alice --json > alice.json')
    .argument('<user>', 'the outside id')
    .action((user: string, { json = false }: { json?: boolean }) =>
      within(json, async (app, output) => {
        const document = await app.reports.exportUser(user);
        if (document === undefined) throw new CommandFailed(`no user "${user}"`);
        output.answer(document, () => JSON.stringify(document, null, 2));
      }),
    );

  addKeys(program, within, host);
  return program;
}

function startedText({ version, url, database, adminKey, adminKeyFile }: Started): string {
  return [
    `Diana ${version} listens on ${url}`,
    `PostgreSQL ${database.serverVersion}: ${database.kind} in ${database.where}`,
    ...(adminKey === null ? [] : [`First admin key, shown once: ${adminKey}`]),
    ...(adminKeyFile === null ? [] : [`Kept in ${adminKeyFile} too; delete that file once you have the key elsewhere.`]),
  ].join('\n');
}

function addKeys(program: Command, within: Within, host: CliHost): void {
  const keys = program
    .command('keys')
    .description('make, list and revoke API keys')
    .addHelpText('after', '\nExample:\n  $ diana keys create --role service --name bot');
  keys
    .command('create')
    .description('make a key; its secret is shown once')
    .requiredOption('--role <role>', ROLES.join(', '))
    .requiredOption('--name <name>', 'what it is for')
    .option('--user <id>', 'the user a client key speaks for')
    .option('--json', 'answer one JSON document')
    .action(({ json = false, role, name, user }: { json?: boolean; role: string; name: string; user?: string }) =>
      within(json, async (app, output) => {
        const known = ROLES.find((candidate) => candidate === role);
        if (known === undefined) throw new CommandFailed(`--role must be one of ${ROLES.join(', ')}, not "${role}"`);
        const created = await app.access.createKey(await newKey(app, known, name, user), host.actor, null);
        if (!created.ok) throw new CommandFailed(created.refusal.message);
        output.answer(
          created.value,
          () => `${created.value.token}\nThis is shown once: keep it now. Id ${created.value.key.id}.`,
        );
      }),
    );
  keys
    .command('list')
    .description('list keys, newest first')
    .option('--json', 'answer one JSON document')
    .action(({ json = false }: { json?: boolean }) =>
      within(json, async (app, output) => {
        const list = await app.access.listKeys({ limit: 1_000 });
        output.answer({ keys: list }, () =>
          list.length === 0
            ? 'no keys'
            : table(
                list.map(({ id, role, name, createdAt, revokedAt }) => [
                  id,
                  role,
                  name,
                  createdAt,
                  revokedAt === null ? 'live' : `revoked ${revokedAt}`,
                ]),
              ),
        );
      }),
    );
  keys
    .command('revoke')
    .description('revoke a key for good')
    .argument('<id>', 'id of the key')
    .option('--reason <text>', 'kept in the audit log')
    .option('--json', 'answer one JSON document')
    .action((id: string, { json = false, reason }: { json?: boolean; reason?: string }) =>
      within(json, async (app, output) => {
        const key = await app.access.revokeKey(id, host.actor, reason ?? null);
        if (key === undefined) throw new CommandFailed(`no key "${id}"`);
        output.answer({ key }, () => `${key.id} is revoked`);
      }),
    );
}

async function newKey(app: CliApp, role: Role, name: string, user: string | undefined): Promise<NewKey> {
  if (role !== 'client') {
    if (user !== undefined) throw new CommandFailed('--user belongs to client keys only');
    return { role, name };
  }
  if (user === undefined) throw new CommandFailed('a client key speaks for one user: --user ID');
  const account = await app.findAccount(user);
  if (account === undefined) throw new CommandFailed(`no user "${user}"; users are made by their first event`);
  return { role, name, account };
}
