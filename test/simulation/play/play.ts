import { expect } from 'vitest';
import type { Engine, EventResult } from '../../../src/engine/index.ts';
import { ADMIN, SERVICE, type TestEngine } from '../../support/engine.ts';
import type { Action, SentEvent } from './actions.ts';
import type { EventAnswer, Model, UndoAnswer } from './model.ts';

/** A database with two engines, as two processes would be. */
export interface World {
  readonly bench: TestEngine;
  readonly other: Engine;
}

type Accepted = Extract<EventResult, { awards: unknown }>;
type Undoing = Awaited<ReturnType<Engine['undos']['undoEvent']>>;

/** Plays the actions of one run to the model and to the engines in turn, and holds the answers against each other. */
export class Player {
  readonly #world: World;
  readonly #model: Model;
  /** Goes before every name and id of the run. */
  readonly #run: string;
  readonly #first = new Map<string, Accepted>();
  #turn = 0;
  #looked = 0;

  constructor(world: World, model: Model, run: string) {
    this.#world = world;
    this.#model = model;
    this.#run = run;
  }

  name(id: string): string {
    return `${this.#run}-${id}`;
  }

  async play(action: Action): Promise<void> {
    const { clock, engine: first } = this.#world.bench;
    const now = clock.now();
    const model = this.#model;
    const engine = this.#engine();
    switch (action.do) {
      case 'wait':
        clock.set(new Date(now + action.ms).toISOString());
        return;
      case 'tend':
        // The other engine learns of a catalog only with its next batch.
        await first.tendBoards();
        while ((await first.runDueTimers()) > 0);
        for (const { user, streak } of await this.#broken()) expect(model.breakStreak(user, streak, now)).toBe(true);
        model.close(now);
        return;
      case 'zone':
        model.zone(action.user, action.zone);
        expect((await engine.putUser(this.name(action.user), { zone: action.zone }, ADMIN)).ok).toBe(true);
        return;
      case 'events':
        return this.#events(action.events, action.split, now);
      case 'transfer': {
        const { id, user, to } = action.transfer;
        const named = {
          ...action.transfer,
          id: this.name(id),
          user: this.name(user),
          ...(to === undefined ? {} : { to: this.name(to) }),
        };
        const expected = model.transfer(action.transfer, now);
        const outcome = await engine.transfer(named, ADMIN);
        const told = outcome.ok
          ? { first: outcome.value.first, balance: outcome.value.result.balance }
          : { code: outcome.refusal.code };
        expect(told).toEqual(expected);
        return;
      }
      case 'undo': {
        const { event, keep } = action;
        const expected = model.undo(event, keep, now);
        compareUndo(await engine.undos.undoEvent('default', this.name(event), { reason: 'simulated', keep }, ADMIN), expected);
        return;
      }
      case 'reverse': {
        const expected = model.reverse(action.transfer, now);
        compareUndo(await engine.undos.reverseTransfer(this.name(action.transfer), { reason: 'simulated' }, ADMIN), expected);
        return;
      }
      case 'reverseAward': {
        const expected = model.reverseAward(action.event, action.n, now);
        const transfer = this.#first.get(action.event)?.awards[action.n]?.transfer ?? null;
        expect(transfer === null).toBe(expected === undefined);
        if (transfer === null || expected === undefined) return;
        compareUndo(await engine.undos.reverseTransfer(transfer, { reason: 'simulated' }, ADMIN), expected);
      }
    }
  }

  /** Streaks that were announced as broken since the last look. When a deadline is due is the engine's own matter. */
  async #broken(): Promise<readonly { readonly user: string; readonly streak: string }[]> {
    const rows = await this.#world.bench.test.owner`
      select l.position, p.id, l.data ->> 'streak' as streak from events.log l join users.person p on p.account = l.account
      where l.type = 'streak.broken' and l.position > ${this.#looked} and p.id like ${`${this.#run}-%`} order by l.position`;
    this.#looked = Number(rows.at(-1)?.['position'] ?? this.#looked);
    return rows.map((row) => ({ user: String(row['id']).slice(this.#run.length + 1), streak: String(row['streak']) }));
  }

  #engine(): Engine {
    this.#turn += 1;
    return this.#turn % 2 === 0 ? this.#world.bench.engine : this.#world.other;
  }

  async #events(events: readonly SentEvent[], split: boolean, now: number): Promise<void> {
    const expected = events.map((event) => this.#model.event(event, now));
    const named = events.map((event) => ({ ...event, id: this.name(event.id), user: this.name(event.user) }));
    const results: EventResult[] = [];
    const users = [...new Set(events.map(({ user }) => user))];
    // What order the events of different users come in makes no difference.
    await Promise.all(
      [this.#engine(), this.#engine()].map(async (engine, place) => {
        const own = [...events.keys()].filter((n) => (split ? users.indexOf(events[n]?.user ?? '') % 2 : 0) === place);
        const answers =
          own.length === 0
            ? []
            : await engine.submit(
                own.map((n) => named[n]),
                SERVICE,
              );
        for (const [i, n] of own.entries()) results[n] = answers[i] as EventResult;
      }),
    );
    expect(results.map(toldBy)).toEqual(expected.map(inOrder));
    for (const [i, { id }] of events.entries()) this.#compareRepeat(id, results[i] as EventResult);
  }

  /** A repeat has the very fields of the first answer. */
  #compareRepeat(id: string, result: EventResult): void {
    if (!('awards' in result)) return;
    const known = this.#first.get(id);
    if (known === undefined) this.#first.set(id, result);
    else expect(result).toEqual({ ...known, status: 'duplicate' });
  }
}

function toldBy(result: EventResult): unknown {
  if (!('awards' in result)) return { status: result.status, code: result.code };
  const { status, awards, achievements, streaks, level, skipped } = result;
  return {
    status,
    awards: awards.map(({ rule, currency, amount, balance }) => ({ rule, currency, amount, balance })),
    achievements: achievements.map(({ id, tier, ...rest }) => ({ id, tier, ...rest })),
    streaks,
    level,
    limited: skipped.flatMap(({ rule, code }) => (rule !== undefined && code === 'limit_reached' ? [rule] : [])),
    closed: skipped.flatMap(({ board, code }) => (board !== undefined && code === 'period_closed' ? [board] : [])).toSorted(),
  };
}

/** Boards move in no particular order. */
function inOrder(answer: EventAnswer): unknown {
  return 'closed' in answer ? { ...answer, closed: answer.closed.toSorted() } : answer;
}

function compareUndo(outcome: Undoing, expected: UndoAnswer): void {
  if (!outcome.ok) {
    expect({ code: outcome.refusal.code }).toEqual(expected);
    return;
  }
  const { result, first } = outcome.value;
  const taken: Record<string, number> = {};
  for (const { currency, amount, short } of result.reversed) {
    taken[currency] = (taken[currency] ?? 0) - amount + short;
  }
  const told: UndoAnswer = {
    first,
    taken,
    revoked: result.achievements.revoked.map(({ id, tier, left }) => `${id}.${tier} ${left}`).toSorted(),
    level: [result.level.before, result.level.after],
    metrics: changesOf(result.metrics),
    streaks: changesOf(result.streaks),
  };
  expect(told).toEqual(expected);
}

function changesOf(
  changes: Readonly<Record<string, { readonly before: number; readonly after: number }>>,
): Readonly<Record<string, readonly [number, number]>> {
  return Object.fromEntries(Object.entries(changes).map(([name, { before, after }]) => [name, [before, after]]));
}
