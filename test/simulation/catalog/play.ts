import { expect } from 'vitest';
import type { Engine, EventResult } from '../../../src/engine/index.ts';
import { ADMIN, SERVICE, type TestEngine } from '../../support/engine.ts';
import type { Random } from '../../support/random.ts';
import { expectedFrom, toldBy } from './answers.ts';
import type { Action } from './generate-actions.ts';
import type { Model, ModelEvent } from './model.ts';

/** A database with two engines, as two processes would be. */
export interface World {
  readonly bench: TestEngine;
  readonly other: Engine;
}

/** Plays the actions of one run to the model and to either engine, and holds the answers against each other. */
export class Player {
  readonly #world: World;
  readonly #model: Model;
  readonly #random: Random;
  readonly #first = new Map<string, EventResult>();
  readonly told: Action[] = [];

  constructor(world: World, model: Model, random: Random) {
    this.#world = world;
    this.#model = model;
    this.#random = random;
  }

  get users(): readonly string[] {
    const all = this.told.flatMap((action) => {
      if ('events' in action) return action.events.map(({ user }) => user);
      if ('transfer' in action) return [action.transfer.user, action.transfer.to ?? action.transfer.user];
      return 'user' in action ? [action.user] : [];
    });
    return [...new Set(all)];
  }

  async play(action: Action): Promise<void> {
    this.told.push(action);
    const { clock } = this.#world.bench;
    const now = clock.now();
    if ('wait' in action) {
      clock.set(new Date(now + action.wait).toISOString());
    } else if ('user' in action) {
      this.#model.putUser(action.user, action.traits);
      expect((await this.#engine().putUser(action.user, action.traits, ADMIN)).ok).toBe(true);
    } else if ('transfer' in action) {
      const expected = this.#model.transfer(action.transfer, now);
      const outcome = await this.#engine().transfer(action.transfer, ADMIN);
      if (outcome.ok) expect({ first: outcome.value.first, balance: outcome.value.result.balance }).toEqual(expected);
      else expect({ code: outcome.refusal.code }).toEqual(expected);
    } else {
      const expected = action.events.map((event) => this.#model.submit(event, action.isAdmin, now));
      const results = await this.#submit(action);
      expect(results.map(toldBy)).toEqual(expected.map(expectedFrom));
      for (const [i, event] of action.events.entries()) this.#compareRepeat(event, results[i] as EventResult);
    }
  }

  #engine(): Engine {
    return this.#random.next() < 0.5 ? this.#world.bench.engine : this.#world.other;
  }

  async #submit({ events, isAdmin, way }: Extract<Action, { events: unknown }>): Promise<readonly EventResult[]> {
    const actor = isAdmin ? ADMIN : SERVICE;
    if (way === 'together') return this.#engine().submit(events, actor);
    const results: EventResult[] = [];
    if (way === 'single') {
      for (const event of events) results.push(...(await this.#engine().submit([event], actor)));
      return results;
    }
    // Each user's events to one engine, both at once: what order those of different users come in makes no difference.
    const users = [...new Set(events.map(({ user }) => user))];
    const { bench, other } = this.#world;
    await Promise.all(
      [bench.engine, other].map(async (engine, place) => {
        const own = [...events.entries()].filter(([, { user }]) => users.indexOf(user) % 2 === place);
        if (own.length === 0) return;
        const answers = await engine.submit(
          own.map(([, event]) => event),
          actor,
        );
        for (const [i, [n]] of own.entries()) results[n] = answers[i] as EventResult;
      }),
    );
    return results;
  }

  /** A repeat has the very fields of the first answer: transfers and position, too. */
  #compareRepeat({ source = 'default', id }: ModelEvent, result: EventResult): void {
    if (result.status === 'refused') return;
    const key = `${source} ${id}`;
    const known = this.#first.get(key);
    if (known === undefined) this.#first.set(key, result);
    else expect(result).toEqual({ ...known, status: 'duplicate' });
  }
}
