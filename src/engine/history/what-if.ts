import { isReserved } from '../../events/index.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { COMMAND_KINDS, type CommandKind } from '../../ledger/index.ts';
import { admit } from '../admit.ts';
import { decideEvent } from '../decide-event.ts';
import { decideNewcomer } from '../decide-newcomer.ts';
import { decideTransfer } from '../decide-transfer.ts';
import { createMember, type LoadedState, NOTHING } from '../member.ts';
import type { TransferCommand } from '../model.ts';
import { pastLocal, writtenTime } from './past-time.ts';
import type { Booked, Cause } from '../post.ts';
import type { Rulebook } from '../rulebook.ts';
import { emptyState, type StateChanges } from '../state.ts';
import type { HistoryRow, Replayed, WhatIf } from './what-if-model.ts';
import { createTally } from './what-if-tally.ts';

export interface WhatIfOptions {
  /** The draft, arranged for deciding. */
  readonly rulebook: Rulebook;
  /** By account. */
  readonly people: ReadonlyMap<number, Replayed>;
  /**
   * Whether a rule in force adjusts by events of a type. Who posted an event is not kept: where such a rule did not
   * adjust, it was no admin.
   */
  readonly adjusts: (type: string) => boolean;
  readonly onProgress: (position: number) => void;
}

/** Rows between two turns of the event loop: some milliseconds of work, so that a service answers meanwhile. */
const TURN = 200;

/**
 * Runs a catalog over what happened, in memory: every posted event and every transfer outside the rules goes, in order
 * of position, through the decider that live traffic goes through. What it needs is what it has decided so far; nothing
 * of what other catalogs decided comes in. Memory: for each user what the tables would hold of them, and nothing for an event.
 */
export async function runWhatIf(pages: AsyncIterable<readonly HistoryRow[]>, options: WhatIfOptions): Promise<WhatIf> {
  const replay = createReplay(options);
  let taken = 0;
  for await (const rows of pages) {
    for (const row of rows) {
      replay.take(row);
      taken += 1;
      if (taken % TURN === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    const last = rows.at(-1);
    if (last !== undefined) options.onProgress(last.position);
  }
  return replay.end();
}

/** What was announced about a transfer outside the rules. */
interface TransferFact {
  readonly kind: string;
  readonly currency: string;
  /** Signed for adjustments. */
  readonly amount: number;
  readonly direction?: string;
}

interface Replay {
  take(row: HistoryRow): void;
  end(): WhatIf;
}

const KINDS: ReadonlySet<string> = new Set(COMMAND_KINDS);

function createReplay({ rulebook, people, adjusts }: WhatIfOptions): Replay {
  const states = new Map<number, LoadedState>();
  const awarded = new Map<number, Map<string, number>>();
  const tally = createTally();
  /** A user who came, until it is known whether a transfer brought them. */
  let arriving: HistoryRow | null = null;

  function stateOf(account: number): LoadedState | undefined {
    const known = states.get(account);
    if (known !== undefined) return known;
    const person = people.get(account);
    if (person === undefined) return undefined;
    const { zone, attributes } = person;
    const maps = { usage: NOTHING, seen: NOTHING, pasts: NOTHING };
    const state: LoadedState = { ...emptyState(account), ...maps, isNew: true, zone, attributes };
    states.set(account, state);
    return state;
  }

  function take(state: LoadedState, changes: StateChanges): void {
    // What is to be written is nobody's business here: it goes with the member.
    createMember({ id: '', digest: '' }, state).take(changes);
  }

  function pay(booked: readonly Booked[]): void {
    tally.pay(booked);
    credit(booked);
  }

  function credit(booked: readonly Booked[]): void {
    for (const { transfer } of booked) {
      if (transfer.rule === null || transfer.kind !== 'award') continue;
      let ofUser = awarded.get(transfer.credit);
      if (ofUser === undefined) awarded.set(transfer.credit, (ofUser = new Map()));
      ofUser.set(transfer.currency, (ofUser.get(transfer.currency) ?? 0) + transfer.amount);
    }
  }

  function takeEvent(row: HistoryRow, state: LoadedState, data: JsonObject): void {
    const { type, source } = row;
    const admitted = admit({ type, data }, rulebook.catalog);
    if (!admitted.ok) return tally.refuseEvent(admitted.refusal);
    const time = writtenTime(row);
    const local = pastLocal(row, state.zone, rulebook.catalog.timezone);
    const cause = causeOf(row, rulebook.version, row.adjusted || !adjusts(type));
    const outcome = decideEvent(state, { type, source: source ?? '', data, time, local }, rulebook, cause);
    if (!outcome.ok) return tally.refuseEvent(outcome.refusal);
    tally.events += 1;
    tally.decide(outcome.value);
    credit(outcome.value.transfers);
    return take(state, outcome.value.changes);
  }

  function transfer(row: HistoryRow, command: TransferCommand, user: LoadedState, to: LoadedState | null): void {
    const outcome = decideTransfer(command, user, to, rulebook, causeOf(row, rulebook.version, false));
    if (!outcome.ok) return tally.refuseTransfer(outcome.refusal);
    const decision = outcome.value;
    tally.transfers += 1;
    pay(decision.more);
    if (to !== null && decision.to !== null) take(to, decision.to);
    return take(user, decision.user);
  }

  function takeTransfer(row: HistoryRow, data: JsonObject, user: LoadedState): void {
    const { kind, currency, amount, direction } = data as unknown as TransferFact;
    if (!KINDS.has(kind)) {
      tally.leftOut += 1;
      return;
    }
    const command = { id: '', kind: kind as CommandKind, user: '', currency, amount };
    if (kind !== 'transfer') return transfer(row, command, user, null);
    const giver = stateOf(row.debit ?? 0);
    const receiver = stateOf(row.credit ?? 0);
    if (giver !== undefined && receiver !== undefined) {
      // It stands in the log once for each side.
      if (direction === 'out') transfer(row, { ...command, to: '' }, giver, receiver);
      return;
    }
    // The other side was erased: what is left of it is what it did to this balance.
    transfer(row, { ...command, kind: 'adjust', amount: direction === 'in' ? command.amount : -command.amount }, user, null);
  }

  function arrive({ account, recordedAt }: HistoryRow): void {
    const state = stateOf(account ?? 0);
    if (state?.isNew !== true) return;
    // The fact that they came is announced by itself here, and not by what they did first.
    state.isNew = false;
    const newcomer = decideNewcomer({ id: '', digest: '' }, state, rulebook, recordedAt);
    if (!newcomer.ok) return tally.refuseEvent(newcomer.refusal);
    return pay(newcomer.value.record.booked);
  }

  /** Whoever came by a transfer is met in it; who came by themselves, here. */
  function settleArrival(next: HistoryRow | null): void {
    if (arriving !== null && next?.cause !== arriving.position) arrive(arriving);
    arriving = null;
  }

  return {
    take(row) {
      settleArrival(row);
      const { type, account, data, source } = row;
      const isOurs = isReserved(type);
      if (data === null && !isOurs) tally.erased += 1;
      if (data === null || account === null) return;
      const state = stateOf(account);
      if (state === undefined) {
        if (!isOurs) tally.erased += 1;
      } else if (source !== null) takeEvent(row, state, data);
      else if (type === 'user.created') arriving = row;
      else if (data['kind'] !== undefined) takeTransfer(row, data, state);
    },
    end() {
      settleArrival(null);
      return { states, awarded, tally };
    },
  };
}

function causeOf({ position, recordedAt }: HistoryRow, catalogVersion: number, mayAdjust: boolean): Cause {
  // As long as a digest, and as unlike for another position: ids are made of it, and nobody keeps them.
  const digest = `00000000-0000-0000-0000-${position.toString(16).padStart(12, '0')}`;
  return { digest, recordedAt, catalogVersion, actor: null, mayAdjust, nonce: null, unchained: true };
}
