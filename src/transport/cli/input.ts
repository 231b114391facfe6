import { readFile } from 'node:fs/promises';
import { CommandFailed, type Output } from './output.ts';
import type { CliApp } from './port.ts';

/** Opens the product, runs, closes: also when it fails. */
export type Within = (json: boolean, run: (app: CliApp, output: Output) => Promise<void>) => Promise<void>;

export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandFailed(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new CommandFailed(`${name} must be a positive integer, not "${text}"`);
  return value;
}
