import { compileFilter } from '../kernel/conditions/index.ts';
import type { BusEvent, SubscriptionKind, SubscriptionSettings } from './model.ts';
import type { WebhookSecret } from './signature.ts';

/** A subscription as it is kept. */
export interface Subscription {
  readonly name: string;
  readonly kind: SubscriptionKind;
  readonly types: readonly string[];
  readonly filter: string | null;
  readonly settings: SubscriptionSettings;
  /** Of a webhook; told to nobody but whoever made it. */
  readonly secrets: readonly WebhookSecret[];
  readonly state: 'active' | 'paused' | 'disabled';
  /** Why it is not active. */
  readonly reason: string | null;
  /** Milliseconds. */
  readonly createdAt: number;
  readonly createdBy: string;
}

/** A condition on events; one that has no value for an event does not let it through. Throws a RangeError for one that is none. */
export function filterOf(source: string | null): ((event: BusEvent) => boolean) | undefined {
  if (source === null) return undefined;
  const compiled = compileFilter(source);
  if (!compiled.ok) throw new RangeError(compiled.message);
  const { evaluate } = compiled.expression;
  return (event) => {
    const result = evaluate(event);
    return result.ok && result.value;
  };
}
