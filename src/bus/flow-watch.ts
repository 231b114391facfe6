import { append } from '../events/index.ts';
import { applyFlowSteps, decideFlowSteps, failFlows, type Flow, type FlowRow, takeOverdue } from '../flows/index.ts';
import type { Clock, Database, Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import { accountNumber } from './log-event.ts';
import type { Handler } from './model.ts';
import type { Settlement } from './settle.ts';

/** Watches transactions that cross services: opened, ended, overdue, failed. */
export interface FlowWatch {
  /** Of the subscription that reads the log for it. */
  readonly handler: Handler;
  /** Finds flows whose deadline has passed, as of a moment up to which the log was read, and announces them. */
  lookForOverdue(moment: number): Promise<number>;
  /** Deliveries were given up: what they belong to has failed. */
  dead(tx: Tx, settlement: Settlement): Promise<void>;
}

/** Announced in one transaction. */
const MOST = 500;

export function createFlowWatch(dependencies: {
  readonly database: Database;
  readonly clock: Clock;
  readonly flows: () => readonly Flow[];
  /** Version of the catalog in force. */
  readonly fence: () => number;
  readonly pastRaces: <T>(work: () => Promise<T>) => Promise<T>;
}): FlowWatch {
  const { database, clock, flows, fence, pastRaces } = dependencies;

  async function announce(tx: Tx, type: 'flow.overdue' | 'flow.failed', rows: readonly FlowRow[]): Promise<void> {
    if (rows.length === 0) return;
    const now = formatTime(clock.now());
    await append(tx, {
      rows: rows.map((row) => factOf(type, row, now)),
      claims: [],
      fence: fence(),
      generation: null,
      recordedAt: now,
    });
  }

  return {
    async handler(event, tx) {
      const steps = decideFlowSteps(flows(), {
        type: event.type,
        correlationId: event.correlationId,
        account: accountNumber(event),
        position: event.position,
        recordedAt: Date.parse(event.recordedAt),
      });
      if (steps.length === 0) return;
      const ended = await applyFlowSteps(tx, steps);
      await announce(
        tx,
        'flow.failed',
        ended.filter(({ state }) => state === 'failed'),
      );
    },

    async lookForOverdue(moment) {
      return pastRaces(() =>
        database.transaction(async (tx) => {
          const rows = await takeOverdue(tx, formatTime(moment), MOST);
          await announce(tx, 'flow.overdue', rows);
          return rows.length;
        }),
      );
    },

    async dead(tx, { dead }) {
      const correlations = [...new Set(dead.map(({ correlationId }) => correlationId))];
      const rows = await failFlows(tx, correlations, 'a delivery was given up', formatTime(clock.now()));
      await announce(tx, 'flow.failed', rows);
    },
  };
}

function factOf(type: string, row: FlowRow, now: string): Parameters<typeof append>[1]['rows'][number] {
  const { flow, correlation_id: correlationId, account, started_at: startedAt, deadline_at: deadlineAt, reason } = row;
  const data = {
    flow,
    startedAt: formatTime(startedAt),
    ...(deadlineAt === null ? {} : { deadlineAt: formatTime(deadlineAt) }),
    ...(reason === null || type === 'flow.overdue' ? {} : { reason }),
  };
  return {
    type,
    account: account === 0 ? null : account,
    id: null,
    source: null,
    occurredAt: now,
    writtenOffset: null,
    localDay: null,
    data: JSON.stringify(data),
    correlationId,
    causationId: null,
    cause: null,
    facts: 0,
    moves: null,
  };
}
