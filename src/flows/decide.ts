import { isWildcard } from '../kernel/pattern.ts';
import type { Flow, FlowMark, FlowStep } from './model.ts';

/** As much of an event in the log as flows go by. */
export interface FlowEvent {
  readonly type: string;
  readonly correlationId: string;
  /** 0: about no user. */
  readonly account: number;
  readonly position: number;
  /** Milliseconds. Flows are timed by when Diana took events: the clocks of services differ. */
  readonly recordedAt: number;
}

/** What an event means for the flows of its correlation: one step at most for each. */
export function decideFlowSteps(flows: readonly Flow[], event: FlowEvent): readonly FlowStep[] {
  return flows.flatMap((flow) => {
    const kind = kindOf(flow, event.type);
    if (kind === undefined) return [];
    const { correlationId, account, position, recordedAt: at } = event;
    const deadlineAt = kind === 'open' && flow.deadline !== null ? at + flow.deadline : null;
    return [
      { kind, flow: flow.id, correlationId, account, position, at, deadlineAt, reason: kind === 'fail' ? event.type : null },
    ];
  });
}

/** A type that is named goes before a pattern, so that `start: shop.order.placed` and `end: shop.*` get along. */
function kindOf({ start, end, fail }: Flow, type: string): FlowStep['kind'] | undefined {
  const marks: readonly (readonly [FlowStep['kind'], FlowMark | null])[] = [
    ['fail', fail],
    ['finish', end],
    ['open', start],
  ];
  const matching = marks.filter(([, mark]) => mark?.matches(type) === true);
  return (matching.find(([, mark]) => mark !== null && !isWildcard(mark.on)) ?? matching[0])?.[0];
}
