import type { Refusal } from '../../kernel/refusals.ts';
import type { Decision } from '../decide-event.ts';
import type { SkippedPart } from '../model.ts';
import type { Booked } from '../post.ts';

/** What one rule, or the reward of one tier, paid in one currency. */
export interface Paid {
  readonly rule: string;
  readonly currency: string;
  times: number;
  /** Signed for rules that adjust. */
  amount: number;
}

/** How often one thing was so, with the words that were told the first time. */
export interface Told {
  readonly id: string;
  count: number;
  /** Empty where nothing was told. */
  readonly message: string;
}

/** What a run over history came to, all users together. */
export interface WhatIfTally {
  events: number;
  transfers: number;
  /** Events of people who were erased: nothing is left of them to decide. */
  erased: number;
  /** Transfers of kinds that follow from what was decided then, which a draft decides anew. */
  leftOut: number;
  /** By code of the refusal. */
  readonly refusedEvents: ReadonlyMap<string, Told>;
  readonly refusedTransfers: ReadonlyMap<string, Told>;
  /** By rule and currency. */
  readonly paid: ReadonlyMap<string, Paid>;
  /** Events for which a rule gave something, if only 0; by rule. */
  readonly fired: ReadonlyMap<string, number>;
  /** Events for which a limit kept a rule from giving; by rule. */
  readonly limited: ReadonlyMap<string, number>;
  /** Conditions without a value, by noun and id: `rule answer`. */
  readonly failed: ReadonlyMap<string, Told>;
}

export interface Tally extends WhatIfTally {
  refuseEvent(refusal: Refusal): void;
  refuseTransfer(refusal: Refusal): void;
  pay(booked: readonly Booked[]): void;
  decide(decision: Decision): void;
}

export function createTally(): Tally {
  const refusedEvents = new Map<string, Told>();
  const refusedTransfers = new Map<string, Told>();
  const paid = new Map<string, Paid>();
  const fired = new Map<string, number>();
  const limited = new Map<string, number>();
  const failed = new Map<string, Told>();

  function pay(booked: readonly Booked[]): void {
    for (const { transfer } of booked) {
      const { rule, currency, amount, credit } = transfer;
      if (rule === null) continue;
      const key = `${rule} ${currency}`;
      let sum = paid.get(key);
      if (sum === undefined) paid.set(key, (sum = { rule, currency, times: 0, amount: 0 }));
      sum.times += 1;
      sum.amount += credit > 0 ? amount : -amount;
    }
  }

  function skip({ rule, metric, streak, code, message = '' }: SkippedPart): void {
    if (code === 'limit_reached' && rule !== undefined) increase(limited, rule);
    if (code !== 'condition_failed') return;
    if (rule !== undefined) tell(failed, `rule ${rule}`, message);
    else if (metric !== undefined) tell(failed, `metric ${metric}`, message);
    else if (streak !== undefined) tell(failed, `streak ${streak}`, message);
  }

  return {
    events: 0,
    transfers: 0,
    erased: 0,
    leftOut: 0,
    refusedEvents,
    refusedTransfers,
    paid,
    fired,
    limited,
    failed,
    refuseEvent: ({ code, message }) => tell(refusedEvents, code, message),
    refuseTransfer: ({ code, message }) => tell(refusedTransfers, code, message),
    pay,
    decide({ transfers, awards, adjustments, skipped }) {
      pay(transfers);
      let last = '';
      for (const list of [awards, adjustments]) {
        for (const { rule, failed: multipliers } of list) {
          // What one rule gives in several currencies stands together.
          if (rule !== last) increase(fired, rule);
          last = rule;
          for (const id of multipliers ?? NONE) tell(failed, `multiplier ${id}`, '');
        }
      }
      for (const part of skipped) skip(part);
    },
  };
}

const NONE: readonly never[] = [];

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function tell(told: Map<string, Told>, id: string, message: string): void {
  const known = told.get(id);
  if (known === undefined) told.set(id, { id, count: 1, message });
  else known.count += 1;
}
