import type { Command } from 'commander';
import pc from 'picocolors';
import type { Trace, TraceDelivery, TraceEvent } from '../../reports/index.ts';
import type { Within } from './input.ts';
import { CommandFailed } from './output.ts';

/** `diana trace ID`: what one cause brought about. */
export function addTraceCommand(command: (name: string, description: string, example: string) => Command, within: Within): void {
  command('trace', 'what one cause brought about, as a tree, and what of it is not delivered', 'trace order-4711')
    .argument('<id>', 'a correlation id, or the id of an event')
    .action((id: string, { json = false }: { json?: boolean }) =>
      within(json, async (app, output) => {
        const trace = await app.reports.trace(id);
        if (trace === undefined) throw new CommandFailed(`nothing belongs to "${id}", and it is the id of no event`);
        output.answer(trace, () => traceText(trace));
      }),
    );
}

/** For people: a line for the trace, one for each flow, one for each event. */
export function traceText(trace: Trace): string {
  return [headingOf(trace), ...trace.flows.map(flowLine), ...treeLines(trace.roots)].join('\n');
}

function headingOf({ correlationId, events, truncated, pending, failed }: Trace): string {
  const facts = [
    `${events.toLocaleString('en-US')} ${events === 1 ? 'event' : 'events'}${truncated ? ', and more that came later' : ''}`,
    ...(pending === 0 ? [] : [pc.yellow(`${pending.toLocaleString('en-US')} pending`)]),
    ...(failed === 0 ? [] : [pc.red(`${failed.toLocaleString('en-US')} given up`)]),
  ];
  return `${pc.bold(correlationId)}  ${facts.join(', ')}`;
}

const STATES = { open: String, finished: pc.green, overdue: pc.yellow, failed: pc.red } as const;

function flowLine({ flow, state, startedAt, endedAt, deadlineAt, reason }: Trace['flows'][number]): string {
  const end = endedAt === null ? (deadlineAt === null ? '' : `, due ${deadlineAt}`) : `, ended ${endedAt}`;
  return `flow ${flow}: ${STATES[state](state)}${reason === null ? '' : ` (${reason})`}, started ${startedAt}${end}`;
}

/** With a stack of its own: a trace may be a chain of a thousand causes. */
function treeLines(roots: readonly TraceEvent[]): readonly string[] {
  const lines: string[] = [];
  const stack = roots.toReversed().map((event) => ({ event, lead: '', indent: '' }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { event, lead, indent } = next;
    lines.push(`${pc.dim(lead)}${eventLine(event)}`);
    const last = event.children.at(-1);
    for (const child of event.children.toReversed()) {
      const isLast = child === last;
      stack.push({ event: child, lead: `${indent}${isLast ? '└─ ' : '├─ '}`, indent: `${indent}${isLast ? '   ' : '│  '}` });
    }
  }
  return lines;
}

function eventLine({ id, source, type, user, recordedAt, deliveries }: TraceEvent): string {
  const from = source === 'diana' || source === 'default' || source === null ? '' : ` from ${source}`;
  const about = user === null ? '' : ` ${user}`;
  return [`${type}${about} ${pc.dim(`${id}${from}, ${recordedAt}`)}`, ...deliveries.map(deliveryText)].join('  ');
}

function deliveryText({ subscription, state, attempts, dueAt, error }: TraceDelivery): string {
  const why = error === undefined ? '' : `: ${error.replaceAll(/\s+/g, ' ')}`;
  const tried = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  if (state === 'dead') return pc.red(`${subscription} given up after ${tried}${why}`);
  if (state === 'waiting') return pc.yellow(`${subscription} waiting`);
  return pc.yellow(`${subscription} retrying after ${tried}${dueAt === undefined ? '' : `, due ${dueAt}`}${why}`);
}
