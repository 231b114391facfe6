import { isClosed, moveScore, scorePeriod } from '../boards/index.ts';
import { type Outcome, refused } from '../kernel/outcome.ts';
import { Overlay } from '../kernel/overlay.ts';
import { zoneDay } from '../kernel/time.ts';
import { moveByAward } from '../metrics/index.ts';
import type { DecidedFact } from './decide-event.ts';
import type { TransferCommand } from './model.ts';
import { type Account, book, type Booked, type Cause } from './post.ts';
import type { Rulebook } from './rulebook.ts';
import { scoreId, type StateChanges, type UserState } from './state.ts';

export interface TransferDecision {
  readonly user: StateChanges;
  readonly to: StateChanges | null;
  /** Available balance of `user` after it. */
  readonly available: number;
  readonly booked: Booked;
  /** Announced about `user`, and about `to`. */
  readonly facts: readonly DecidedFact[];
  readonly factsOfTo: readonly DecidedFact[];
}

/**
 * What a transfer outside the rules brings about. `award` and `force` count as earned and move boards, as an
 * award by a rule does; spending, gifts and adjustments move balances alone.
 */
export function decideTransfer(
  command: TransferCommand,
  user: UserState,
  to: UserState | null,
  rulebook: Rulebook,
  cause: Cause,
): Outcome<TransferDecision> {
  const currency = rulebook.catalog.currencies.get(command.currency);
  if (currency === undefined) {
    return refused({ code: 'unknown_currency', path: '/currency', message: `the catalog has no currency "${command.currency}"` });
  }
  const account: Account = { account: user.account, balances: new Overlay(user.balances) };
  const receiver: Account | null = to === null ? null : { account: to.account, balances: new Overlay(to.balances) };
  const booked = book(
    { ...command, rule: null, reason: command.reason ?? null },
    { user: account, to: receiver },
    currency.overdraft,
    { ...cause, occurredAt: cause.recordedAt, ordinal: 0 },
  );
  if (!booked.ok) return booked;
  const { id } = booked.value.transfer;
  const fact = (type: string, of: Account, more: Record<string, string>): DecidedFact => ({
    type,
    data: {
      transfer: `tr_${id.replaceAll('-', '')}`,
      kind: command.kind,
      currency: command.currency,
      amount: command.amount,
      balance: of.balances.get(command.currency)?.available ?? 0,
      ...more,
    },
    cause: null,
  });
  const created = (state: UserState): readonly DecidedFact[] =>
    state.isNew ? [{ type: 'user.created', data: {}, cause: null }] : [];
  const moved = { ...UNMOVED, balances: account.balances.changes };
  return {
    ok: true,
    value: {
      user: command.kind === 'award' || command.kind === 'force' ? { ...moved, ...earn(user, command, rulebook, cause) } : moved,
      to: receiver === null ? null : { ...UNMOVED, balances: receiver.balances.changes },
      available: account.balances.get(command.currency)?.available ?? 0,
      booked: booked.value,
      facts: [...created(user), fact(ANNOUNCED[command.kind], account, command.kind === 'transfer' ? { direction: 'out' } : {})],
      factsOfTo:
        to === null || receiver === null ? [] : [...created(to), fact('points.transferred', receiver, { direction: 'in' })],
    },
  };
}

const ANNOUNCED = {
  award: 'points.awarded',
  force: 'points.awarded',
  spend: 'points.spent',
  adjust: 'points.adjusted',
  transfer: 'points.transferred',
} as const;

const UNMOVED: StateChanges = { metrics: new Map(), balances: new Map(), usage: new Map(), scores: new Map() };

/** Metrics of what is earned, and their boards, after an award at the moment of acceptance. */
function earn(
  state: UserState,
  command: TransferCommand,
  rulebook: Rulebook,
  cause: Cause,
): Pick<StateChanges, 'metrics' | 'scores'> {
  const time = cause.recordedAt;
  const day = zoneDay(state.zone ?? rulebook.catalog.timezone, time);
  const metrics = new Overlay(state.metrics);
  const scores = new Overlay(state.scores);
  const scope = {
    event: { type: 'points.awarded', source: 'diana', data: {}, time, local: { hour: 0, weekday: 1 } },
    user: { attributes: state.attributes },
    metrics: {},
    now: time,
  };
  for (const move of moveByAward(rulebook.earned, scope, command, metrics)) {
    metrics.set(move.metric, move.value);
    for (const board of rulebook.boardsOf.get(move.metric) ?? []) {
      const period = scorePeriod(board, { time, day });
      if (isClosed(board, period, rulebook.boardsSince.get(board.id) ?? 0, time)) continue;
      const id = scoreId(board.id, period);
      scores.set(id, moveScore(board, scores.get(id), { delta: move.delta, lifetime: move.value, time }));
    }
  }
  return { metrics: metrics.changes, scores: scores.changes };
}
