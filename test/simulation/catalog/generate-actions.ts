import type { Random } from '../../support/random.ts';
import type { ModelEvent, ModelTransfer } from './model.ts';
import { OFFSETS, TYPES, WORDS, ZONES } from './words.ts';

export type Action =
  /** `way`: one after the other, all at once, or each user's events to an engine of their own. */
  | { readonly events: readonly ModelEvent[]; readonly isAdmin: boolean; readonly way: 'single' | 'together' | 'split' }
  | { readonly transfer: ModelTransfer }
  | {
      readonly user: string;
      readonly traits: { readonly zone: string | null; readonly attributes: Readonly<Record<string, unknown>> };
    }
  /** The clock moves on by so many milliseconds. */
  | { readonly wait: number };

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

/** Makes the actions of one run, one after the other: few users, few ids, few words, so that things meet. */
export class Stream {
  readonly #random: Random;
  readonly #run: string;
  readonly #users: readonly string[];
  readonly #sent: ModelEvent[] = [];
  readonly #transfers: ModelTransfer[] = [];
  #ids = 0;

  constructor(random: Random, run: string) {
    this.#random = random;
    this.#run = run;
    this.#users = ['ann', 'bob', 'cyd', 'dan'].slice(0, 2 + random.below(3)).map((name) => `${name}-${run}`);
  }

  /** What is known of some users before anything happens to them. */
  beginning(): readonly Action[] {
    return this.#users.filter(() => this.#random.next() < 0.4).map((user) => this.#traits(user));
  }

  next(now: number): Action {
    const random = this.#random;
    const dice = random.next();
    if (dice < 0.25) return { wait: this.#pause(now) };
    if (dice < 0.4) return { transfer: this.#transfer() };
    if (dice < 0.43) return this.#traits(random.pick(this.#users));
    const events = Array.from({ length: 1 + random.below(random.pick([1, 3, 7])) }, () => this.#event(now));
    return { events, isAdmin: random.next() < 0.4, way: random.pick(['single', 'together', 'together', 'together', 'split']) };
  }

  #traits(user: string): Action {
    const { pick, next } = this.#random;
    const attributes = pick([{}, { vip: true }, { vip: false }]);
    return { user, traits: { zone: next() < 0.7 ? pick(ZONES) : null, attributes } };
  }

  #pause(now: number): number {
    const { pick, below, next } = this.#random;
    if (next() < 0.7) return below(pick([5 * SECOND, 2 * HOUR, 2 * DAY]));
    // To the moment at which some period closes, or just before.
    const span = pick([HOUR, 12 * HOUR, DAY]);
    return span - (now % span) + (span === DAY ? 12 * HOUR : 0) - below(2);
  }

  #event(now: number): ModelEvent {
    const random = this.#random;
    const known = random.next() < 0.15 ? this.#sent[random.below(this.#sent.length)] : undefined;
    if (known !== undefined) {
      const dice = random.next();
      if (dice < 0.6) return known;
      const other = dice < 0.8 ? { ...known, data: { ...known.data, n: 77 } } : { ...known, source: 'elsewhere' };
      if (dice >= 0.8) this.#sent.push(other);
      return other;
    }
    const time = this.#time(now);
    const event: ModelEvent = {
      id: `${this.#run}-${(this.#ids += 1)}`,
      ...(random.next() < 0.1 ? { source: 'elsewhere' } : {}),
      type: random.pick(TYPES),
      user: random.pick(this.#users),
      ...(time === undefined ? {} : { time }),
      ...(random.next() < 0.95 ? { data: this.#data() } : {}),
    };
    this.#sent.push(event);
    return event;
  }

  #data(): Readonly<Record<string, unknown>> {
    const { below, pick, next } = this.#random;
    const amount = below(40) - 20;
    const all = {
      n: below(10),
      m: below(9) - 6,
      word: pick(WORDS),
      ok: next() < 0.6,
      amount: amount === 0 ? 3 : amount,
    };
    return Object.fromEntries(Object.entries(all).filter(() => next() < 0.93));
  }

  #time(now: number): string | undefined {
    const random = this.#random;
    const dice = random.next();
    if (dice < 0.2) return undefined;
    const offset = random.pick(OFFSETS);
    const earlier = this.#sent[random.below(this.#sent.length)]?.time;
    if (dice < 0.45 && earlier !== undefined) {
      // On the edges of sliding windows.
      const step = random.pick([0, 1, 999, SECOND, 60 * SECOND, 90 * SECOND, HOUR, 3 * DAY, 90 * SECOND - 1, 3 * DAY - 1]);
      const at = Date.parse(earlier) + step;
      if (at <= now) return writeTime(at, offset);
    }
    // On the edges of days, as that offset sees them.
    const edge = (Math.floor(now / DAY) - random.below(3)) * DAY - shiftOf(offset) - random.below(2);
    if (dice < 0.55 && edge <= now) return writeTime(edge, offset);
    const back = random.pick([5 * SECOND, 3 * HOUR, 2 * DAY, 4 * DAY, 5 * DAY, 21 * DAY]);
    const ahead = random.next() < 0.05 ? 290 * SECOND : 0;
    const whole = random.next() < 0.7 ? SECOND : 1;
    return writeTime(Math.floor((now - random.next() * back + ahead) / whole) * whole, offset);
  }

  #transfer(): ModelTransfer {
    const random = this.#random;
    const known = random.next() < 0.1 ? this.#transfers[random.below(this.#transfers.length)] : undefined;
    if (known !== undefined) return random.next() < 0.7 ? known : { ...known, amount: known.amount * 2 };
    const kind = random.pick(['spend', 'spend', 'spend', 'award', 'transfer', 'adjust'] as const);
    const user = random.pick(this.#users);
    const amount = 1 + random.below(20);
    const transfer: ModelTransfer = {
      id: `t${this.#run}-${(this.#ids += 1)}`,
      kind,
      user,
      ...(kind === 'transfer' ? { to: random.pick(this.#users.filter((other) => other !== user)) } : {}),
      currency: random.pick(['points', 'points', 'gems', 'credit']),
      amount: kind === 'adjust' && random.next() < 0.5 ? -amount : amount,
      ...(kind === 'adjust' ? { reason: 'simulated' } : {}),
    };
    this.#transfers.push(transfer);
    return transfer;
  }
}

/** A moment as a clock with that offset shows it. */
function writeTime(ms: number, offset: string): string {
  if (offset === 'Z') return new Date(ms).toISOString();
  return `${new Date(ms + shiftOf(offset)).toISOString().slice(0, -1)}${offset}`;
}

function shiftOf(offset: string): number {
  if (offset === 'Z') return 0;
  const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number);
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60 * SECOND;
}
