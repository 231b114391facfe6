import type { Command } from 'commander';
import pc from 'picocolors';
import type { DeadLetter } from '../../bus/index.ts';
import { positive, type Within } from './input.ts';
import { group, valueOf } from './outcome.ts';
import { CommandFailed, table } from './output.ts';
import type { CliHost } from './port.ts';

interface Filter {
  readonly json?: boolean;
  readonly subscription?: string;
  readonly type?: string;
  readonly user?: string;
  readonly correlation?: string;
}

interface Selection extends Filter {
  readonly id?: readonly string[];
  readonly all?: boolean;
}

/** What could not be delivered. */
export function addDeadLettersCommands(program: Command, within: Within, host: CliHost): void {
  const subcommand = group(program, 'dead-letters', 'deliveries that were given up after their last attempt', 'list');
  const filtered = (command: Command): Command =>
    command
      .option('--subscription <name>', 'of this subscription')
      .option('--type <type>', 'of events of this type')
      .option('--user <id>', 'of events about this user, by the outside id')
      .option('--correlation <id>', 'of events that belong to this');
  const selected = (command: Command): Command =>
    filtered(
      command.option('--id <id>', 'this one; may be given again', (id, ids: readonly string[] | undefined) => [
        ...(ids ?? []),
        id,
      ]),
    ).option('--all', 'all of them');

  filtered(subcommand('list', 'list them, newest first', 'list --subscription mirror'))
    .option('--limit <n>', 'how many', (text) => positive('--limit', text), 50)
    .option('--cursor <cursor>', 'goes on where a list ended')
    .action(({ json = false, limit, cursor, ...filter }: Filter & { readonly limit: number; readonly cursor?: string }) =>
      within(json, async (app, output) => {
        const page = valueOf(await app.bus.deadLetters(filterOf(filter), { limit: Math.min(limit, 1_000), cursor }));
        output.answer(page, () => listText(page));
      }),
    );

  subcommand('show', 'show one, with its event and the errors of all attempts', 'show mirror:1234')
    .argument('<id>', 'of the dead letter')
    .action((id: string, { json = false }: Filter) =>
      within(json, async (app, output) => {
        const letter = await app.bus.deadLetter(id);
        if (letter === undefined) throw new CommandFailed(`no dead letter "${id}"`);
        output.answer({ deadLetter: letter }, () => letterText(letter));
      }),
    );

  selected(subcommand('redrive', 'try them again, with all their attempts anew', 'redrive --subscription mirror --rate 50'))
    .option('--rate <n>', 'deliveries a second that they are spread over; default 100', (text) => positive('--rate', text))
    .action(({ json = false, rate, ...selection }: Selection & { readonly rate?: number }) =>
      within(json, async (app, output) => {
        const input = { ...selectionOf(selection), ...(rate === undefined ? {} : { rate }) };
        const done = valueOf(await app.bus.redrive(input, host.actor));
        output.answer(done, () => doneText(done.redriven, 'will be tried again', done.left));
      }),
    );

  selected(subcommand('discard', 'drop them for good', 'discard --id mirror:1234 --reason "of a test"'))
    .requiredOption('--reason <text>', 'kept in the audit log')
    .action(({ json = false, reason, ...selection }: Selection & { readonly reason: string }) =>
      within(json, async (app, output) => {
        const done = valueOf(await app.bus.discard({ ...selectionOf(selection), reason }, host.actor));
        output.answer(done, () => doneText(done.discarded, 'dropped', done.left));
      }),
    );
}

function filterOf({ subscription, type, user, correlation }: Filter): Readonly<Record<string, string>> {
  const given = { subscription, type, user, correlationId: correlation };
  return Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function selectionOf({ id, all, ...filter }: Selection): object {
  const selection = { ...filterOf(filter), ...(id === undefined ? {} : { ids: id }), ...(all === true ? { all } : {}) };
  if (Object.keys(selection).length === 0)
    throw new CommandFailed('say which: --id, --subscription, --type, --user, --correlation, or --all');
  return selection;
}

function doneText(done: number, how: string, left: number): string {
  const more = left === 0 ? '' : `; ${left.toLocaleString('en-US')} more fit: run it again`;
  return `${done.toLocaleString('en-US')} ${how}${more}`;
}

function listText({
  total,
  deadLetters,
  cursor,
}: {
  readonly total: number;
  readonly deadLetters: readonly DeadLetter[];
  readonly cursor: string | null;
}): string {
  if (deadLetters.length === 0) return 'no dead letters';
  const rows = deadLetters.map(({ id, event, attempts, tries, diedAt }) => [
    id,
    event.type,
    diedAt,
    `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`,
    oneLine(tries.at(-1)?.error ?? ''),
  ]);
  const more = cursor === null ? [] : [`${deadLetters.length} of ${total.toLocaleString('en-US')}; next: --cursor ${cursor}`];
  return [table(rows), ...more].join('\n');
}

function letterText({ id, event, attempts, tries, diedAt }: DeadLetter): string {
  const facts = [
    ['  event', `${event.type} ${event.id}, position ${event.position}`],
    ['  user', event.user ?? event.account ?? 'nobody'],
    ['  belongs to', event.correlationId ?? ''],
    ['  data', JSON.stringify(event.data ?? null)],
    ['  given up', `${diedAt}, after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`],
  ];
  return [pc.bold(id), table(facts), ...tries.map(({ at, error }) => `  ${pc.dim(at)}  ${oneLine(error)}`)].join('\n');
}

/** Errors are other people's words, and may be pages. */
function oneLine(error: string): string {
  const text = error.replaceAll(/\s+/g, ' ').trim();
  return text.length <= 120 ? text : `${text.slice(0, 119)}…`;
}
