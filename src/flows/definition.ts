import { type DocumentNode, type Faults, fields, report, required, text } from '../kernel/document.ts';
import { named, NAME_SHAPE } from '../kernel/document-names.ts';
import type { Listen } from '../kernel/listening.ts';
import { durationText, readDuration } from '../kernel/duration.ts';
import { DAY } from '../kernel/time.ts';
import type { Flow } from './model.ts';

/** What else the catalog declares. */
export interface FlowContext {
  readonly listen: Listen;
}

const KEYS = ['start', 'end', 'fail', 'deadline'];
const SAMPLE = 'a flow, as in { start: shop.order.placed, end: shop.order.delivered, deadline: 15m }';
const DEADLINE = "a time such as '90s', '15m', '2h' or '3d', at most 30 days";
/** What takes longer is no transaction that somebody waits for. */
const MAX_DEADLINE = 30 * DAY;

/** `flows:`, transactions that cross services, by name. */
export function parseFlows(faults: Faults, node: DocumentNode | undefined, context: FlowContext): readonly Flow[] {
  return named(faults, node, 'a mapping from flows to their definition').flatMap(([id, definition]) => {
    const flow = parseFlow(faults, id, definition, context);
    return flow === undefined ? [] : [flow];
  });
}

function parseFlow(faults: Faults, id: string, node: DocumentNode, { listen }: FlowContext): Flow | undefined {
  const entries = fields(faults, node, KEYS, SAMPLE);
  if (entries === undefined) return undefined;
  const seen = new Map<string, string>();
  const mark = (key: string, entry: DocumentNode | undefined): Flow['start'] | undefined => {
    const listener = entry === undefined ? undefined : listen(faults, entry);
    if (entry === undefined || listener === undefined) return undefined;
    const { on, matches } = listener;
    const other = seen.get(on);
    if (other !== undefined) return report(faults, entry, `"${on}" is the ${other} of this flow already`);
    seen.set(on, key);
    return { on, matches };
  };
  const start = mark('start', required(faults, node, entries, 'start'));
  const end = mark('end', required(faults, node, entries, 'end'));
  const fail = mark('fail', entries.get('fail')) ?? null;
  const within = entries.get('deadline');
  const deadline = (within === undefined ? undefined : parseDeadline(faults, within)) ?? null;
  if (start === undefined || end === undefined) return undefined;
  const parts = [
    `from ${start.on} to ${end.on}`,
    ...(fail === null ? [] : [`fails with ${fail.on}`]),
    ...(deadline === null ? [] : [`within ${durationText(deadline)}`]),
  ];
  return { id, start, end, fail, deadline, description: parts.join(', ') };
}

function parseDeadline(faults: Faults, node: DocumentNode): number | undefined {
  const written = text(faults, node, DEADLINE);
  if (written === undefined) return undefined;
  const deadline = readDuration(written);
  return deadline !== undefined && deadline <= MAX_DEADLINE
    ? deadline
    : report(faults, node, `expected ${DEADLINE}, found "${written}"`);
}

const markSchema = (description: string) => ({ description, type: 'string', minLength: 1, maxLength: 1_000 }) as const;

/** JSON Schema (draft 2020-12) of `flows:`, for editors; the catalog's own check says more. */
export const flowsSchema = {
  description: 'Flows: transactions that cross services, watched from their first event to their last. By name.',
  type: ['object', 'null'],
  propertyNames: { ...NAME_SHAPE },
  maxProperties: 1_000,
  additionalProperties: {
    description: 'A flow: one for each correlation that the start is seen in.',
    type: 'object',
    properties: {
      start: markSchema('Events that start it: a type such as shop.order.placed, or a pattern such as shop.*'),
      end: markSchema('Events of the same correlation that finish it.'),
      fail: markSchema('Events of the same correlation that make it fail.'),
      deadline: {
        description: 'How long it may take, such as 90s, 15m, 2h or 3d, at most 30 days; then flow.overdue is announced.',
        type: 'string',
        pattern: '^[1-9][0-9]{0,8}[smhd]$',
      },
    },
    required: ['start', 'end'],
    additionalProperties: false,
  },
} as const;
