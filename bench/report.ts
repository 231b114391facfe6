import { cpus, totalmem } from 'node:os';
import { type Figure, isReached, ratioOf } from './section.ts';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  readonly postgres: string;
  /** Durability, as the server shows it. */
  readonly settings: Readonly<Record<string, string>>;
  readonly date: string;
}

export function describeMachine(postgres: string, settings: Readonly<Record<string, string>>): Machine {
  const all = cpus();
  return {
    processor: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    postgres,
    settings,
    date: new Date().toISOString(),
  };
}

export function machineText(machine: Machine): string {
  const { processor, cores, memoryGb, system, node, postgres, settings, date } = machine;
  const durability = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return [
    `${cores} × ${processor}, ${memoryGb} GB, ${system}, Node ${node}, PostgreSQL ${postgres}, ${date}`,
    `${durability.join(' ')}; every ledger verified after its load`,
  ].join('\n');
}

const HEAD = ['figure', 'value', 'baseline', 'ratio', 'target', 'reached'];

export function figuresTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { name, value, unit, baseline, note } = figure;
    const ratio = ratioOf(figure);
    const reached = isReached(figure);
    return [
      note === undefined ? name : `${name} (${note})`,
      quantity(value, unit),
      baseline === undefined ? '' : `${quantity(baseline.value, baseline.unit ?? unit)} ${baseline.name}`,
      ratio === undefined ? '' : `${plain(ratio)} ×`,
      targetText(figure),
      reached === undefined ? '' : reached ? 'yes' : 'NO',
    ];
  });
  const widths = HEAD.map((head, column) => Math.max(head.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function targetText({ target, unit }: Figure): string {
  if (target === undefined) return '';
  const bound = (value: number): string => (target.of === 'value' ? quantity(value, unit) : `${plain(value)} ×`);
  if (target.least !== undefined) return `≥ ${bound(target.least)}`;
  return target.most === undefined ? '' : `≤ ${bound(target.most)}`;
}

function quantity(value: number, unit: string): string {
  return `${plain(value)} ${unit}`;
}

/** Three digits that mean something. */
function plain(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 4;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}
