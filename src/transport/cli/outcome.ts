import type { Command } from 'commander';
import type { Outcome } from '../../kernel/outcome.ts';
import { CommandFailed } from './output.ts';

export type MakeCommand = (name: string, description: string, example: string) => Command;

/** A noun with commands of its own. */
export function group(program: Command, noun: string, description: string, example: string): MakeCommand {
  const parent = program.command(noun).description(description).addHelpText('after', `\nExample:\n  $ diana ${noun} ${example}`);
  return (name, does, of) =>
    parent
      .command(name)
      .description(does)
      .option('--json', 'answer one JSON document')
      .addHelpText('after', `\nExample:\n  $ diana ${noun} ${of}`);
}

/** What the product calls a field, where the option has another name. */
const OPTIONS: Readonly<Record<string, string>> = { ids: 'id', correlationId: 'correlation', drainRate: 'drain-rate' };

/** Throws CommandFailed, which names the option that is at fault. */
export function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  const { code, message, path = '' } = outcome.refusal;
  const field = path.split('/')[1] ?? '';
  const isOption = code === 'malformed' && field !== '';
  const text = isOption ? `--${OPTIONS[field] ?? field}: ${message}` : message;
  throw new CommandFailed(text, { error: text, code });
}

/** A position is a number to the product; everything else is told as it was typed. */
export function startOf(text: string): number | string {
  return /^\d{1,16}$/.test(text) ? Number(text) : text;
}
