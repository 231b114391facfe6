import type { Random } from '../../support/random.ts';
import { TYPES, ZONES } from './generate.ts';

export interface SentEvent {
  readonly id: string;
  readonly type: string;
  readonly user: string;
  readonly time: string;
  readonly data: Readonly<Record<string, string | number>>;
}

export interface SentTransfer {
  readonly id: string;
  readonly kind: 'award' | 'spend' | 'transfer' | 'adjust';
  readonly user: string;
  readonly to?: string;
  readonly currency: string;
  readonly amount: number;
  readonly reason: string;
}

export type Keep = readonly ('achievements' | 'levels')[];

/** Each stands for itself, so that any list of them can be played. */
export type Action =
  | { readonly do: 'zone'; readonly user: string; readonly zone: string }
  /** Through one engine; `split`: each user's events to an engine of their own. */
  | { readonly do: 'events'; readonly events: readonly SentEvent[]; readonly split: boolean }
  | { readonly do: 'transfer'; readonly transfer: SentTransfer }
  | { readonly do: 'undo'; readonly event: string; readonly keep: Keep }
  /** Of the transfer that came by this id, or of the n-th award of an event. */
  | { readonly do: 'reverse'; readonly transfer: string }
  | { readonly do: 'reverseAward'; readonly event: string; readonly n: number }
  /** The clock moves on by so many milliseconds. */
  | { readonly do: 'wait'; readonly ms: number }
  /** Everything that was put off is done. */
  | { readonly do: 'tend' };

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

/** The actions of one run: few users, few ids, few values, so that things meet. */
export function generateActions(random: Random, codes: readonly string[], since: number, count: number): readonly Action[] {
  const { pick, below, next } = random;
  const users = ['ann', 'bob', 'cyd'].slice(0, 1 + below(3));
  const actions: Action[] = [];
  for (const user of users) if (next() < 0.5) actions.push({ do: 'zone', user, zone: pick(ZONES) });
  const sent: SentEvent[] = [];
  const transfers: SentTransfer[] = [];
  let now = since;
  let ids = 0;

  function event(): SentEvent {
    const known = sent.length > 0 && next() < 0.1 ? pick(sent) : undefined;
    if (known !== undefined) return next() < 0.7 ? known : { ...known, data: { ...known.data, n: 77 } };
    const late = next() < 0.45 ? 0 : below(pick([3 * HOUR, 30 * HOUR, 3 * DAY, 15 * DAY]));
    const whole = next() < 0.5 ? HOUR : 1;
    const fresh = {
      id: `e${(ids += 1)}`,
      type: pick(TYPES),
      user: pick(users),
      time: new Date(Math.floor((now - late) / whole) * whole).toISOString(),
      data: { n: below(10), word: pick(['ant', 'bee', 'cat']) },
    };
    sent.push(fresh);
    return fresh;
  }

  function transfer(): SentTransfer {
    const known = transfers.length > 0 && next() < 0.1 ? pick(transfers) : undefined;
    if (known !== undefined) return next() < 0.7 ? known : { ...known, amount: known.amount + 1 };
    const kind = pick(['spend', 'spend', 'award', 'transfer', 'adjust'] as const);
    const user = pick(users);
    const others = users.filter((other) => other !== user);
    const amount = 1 + below(15);
    const to = others.length > 0 ? pick(others) : undefined;
    const fresh: SentTransfer = {
      id: `t${(ids += 1)}`,
      kind: kind === 'transfer' && to === undefined ? 'spend' : kind,
      user,
      ...(kind === 'transfer' && to !== undefined ? { to } : {}),
      currency: pick(codes),
      amount: kind === 'adjust' && next() < 0.5 ? -amount : amount,
      reason: 'simulated',
    };
    transfers.push(fresh);
    return fresh;
  }

  for (let i = 0; i < count; i += 1) {
    const dice = next();
    if (dice < 0.42 || sent.length === 0) {
      const events = Array.from({ length: 1 + below(pick([1, 3, 6])) }, event);
      actions.push({ do: 'events', events, split: next() < 0.3 });
    } else if (dice < 0.55) {
      const ms = 1 + below(pick([2 * HOUR, 20 * HOUR, 4 * DAY]));
      now += ms;
      actions.push({ do: 'wait', ms });
      if (next() < 0.35) actions.push({ do: 'tend' });
    } else if (dice < 0.68) {
      actions.push({ do: 'transfer', transfer: transfer() });
    } else if (dice < 0.9) {
      const keep = pick<Keep>([[], [], [], ['achievements'], ['levels'], ['achievements', 'levels']]);
      actions.push({ do: 'undo', event: pick(sent).id, keep });
    } else if (transfers.length > 0 && next() < 0.5) {
      actions.push({ do: 'reverse', transfer: pick(transfers).id });
    } else {
      actions.push({ do: 'reverseAward', event: pick(sent).id, n: below(3) });
    }
  }
  return actions;
}
