import type { Command } from 'commander';
import pc from 'picocolors';
import type { FlowSummary } from '../../reports/index.ts';
import type { Within } from './input.ts';
import { table } from './output.ts';

/** `diana flows`: how transactions that cross services are doing. */
export function addFlowsCommand(command: (name: string, description: string, example: string) => Command, within: Within): void {
  command('flows', 'how many transactions of each flow are open, overdue or failed, and how long they take', 'flows').action(
    ({ json = false }: { json?: boolean }) =>
      within(json, async (app, output) => {
        const flows = await app.reports.flowSummary();
        output.answer({ flows }, () => flowsText(flows));
      }),
  );
}

/** For people; durations are of what finished within 24 hours. */
export function flowsText(flows: readonly FlowSummary[]): string {
  if (flows.length === 0) return 'no flows: the catalog declares none';
  const rows = flows.map(({ flow, open, overdue, failed, finished, durations, retired }) => [
    retired === true ? `${flow} (retired)` : flow,
    ...[open, overdue, failed, finished].map((count) => count.toLocaleString('en-US')),
    ...[durations?.p50, durations?.p95, durations?.max].map(durationText),
  ]);
  const aligned = table(alignedRight([['flow', 'open', 'overdue', 'failed', 'finished', 'p50', 'p95', 'max'], ...rows]));
  const [heading = '', ...lines] = aligned.split('\n');
  return [pc.bold(heading), ...lines.map((line, n) => colour(flows[n])(line))].join('\n');
}

function colour(flow: FlowSummary | undefined): (line: string) => string {
  if (flow !== undefined && flow.failed > 0) return pc.red;
  return flow !== undefined && flow.overdue > 0 ? pc.yellow : String;
}

/** All columns but the first, whose cells are figures written out. */
function alignedRight(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell : cell.padStart(widths[column] ?? 0))));
}

function durationText(ms: number | undefined): string {
  if (ms === undefined) return '–';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const minutes = Math.round(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
