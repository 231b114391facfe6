import { accepted, type Outcome } from '../../kernel/outcome.ts';
import { periodKey } from '../../kernel/period.ts';
import { transferId } from '../../kernel/ids.ts';
import { DAY, zoneDay } from '../../kernel/time.ts';
import {
  dueOf,
  EMPTY_BALANCE,
  type Expiry,
  leftOf,
  loadLots,
  type Lot,
  markWarned,
  settleLots,
  warningDay,
} from '../../ledger/index.ts';
import { cancelTimers, setTimers } from '../../timers/index.ts';
import { expiryTimer, nextMoment } from './credited-lots.ts';
import type { Scene } from '../deeds.ts';
import type { Member } from '../member.ts';
import { book, type Booked } from '../post.ts';
import { timerDeed, type TimerHandler } from '../timing.ts';
import type { Unfolding } from '../unfold.ts';

/** What is due of one currency of a user: booked and announced, and yet to be written. */
export interface Expired {
  readonly booked: readonly Booked[];
  /** Once nothing can be refused any more. */
  write(): Promise<void>;
}

const NOTHING: Expired = { booked: [], write: async () => undefined };

/** The timer that looks after what a user has in a currency that expires. */
export const expirePoints: TimerHandler = (timer) =>
  timerDeed(timer, async (scene) => {
    const [member] = scene.members;
    const { currency } = timer.data;
    if (member === undefined || typeof currency !== 'string') return accepted({});
    const unfolding = scene.unfold(member, { type: 'points.expired' });
    const expired = await expireDue(scene, member, unfolding, currency, 0);
    if (!expired.ok) return expired;
    const { booked, write } = expired.value;
    if (unfolding.facts.length > 0) {
      const refusal = scene.settle(member, unfolding, booked);
      if (refusal !== undefined) return { ok: false, refusal };
    }
    await write();
    return accepted({});
  });

/**
 * Takes what is left of the lots whose day has come, tells of those whose day is near, once each, and sets the timer for what
 * comes next. `ordinal`: number of its transfer among those of the deed.
 */
export async function expireDue(
  scene: Scene,
  { state: { account } }: Member,
  unfolding: Unfolding,
  currency: string,
  ordinal: number,
): Promise<Outcome<Expired>> {
  const { tx, now } = scene;
  const { catalog, expiries } = scene.rulebook;
  const expiry = expiries?.get(currency);
  const lots = await loadLots(tx, account, currency);
  if (lots.length === 0) return accepted(NOTHING);
  // The catalog may say again that they do: until then somebody looks every day.
  if (expiry === undefined)
    return accepted({ booked: [], write: () => setTimers(tx, [expiryTimer(account, currency, now + DAY)]) });
  const today = zoneDay(catalog.timezone, now);
  const balance = (): typeof EMPTY_BALANCE => unfolding.account.balances.get(currency) ?? EMPTY_BALANCE;
  const { amount, lots: rest } = dueOf(lots, balance(), today);
  const booked: Booked[] = [];
  if (amount > 0) {
    const outcome = book(
      { kind: 'expire', currency, amount, rule: null, reason: null },
      { user: unfolding.account, to: null },
      'deny',
      { ...scene.cause, occurredAt: now, ordinal },
    );
    if (!outcome.ok) return outcome;
    booked.push(outcome.value);
    const transfer = transferId(outcome.value.transfer.id);
    const data = { transfer, kind: 'expire', currency, amount, balance: balance().available };
    unfolding.facts.push({ type: 'points.expired', data, cause: null });
    const refusal = unfolding.settle(null, { currency, amount });
    if (refusal !== undefined) return { ok: false, refusal };
  }
  const isNear = ({ on }: Lot): boolean => (warningDay(expiry, on) ?? Number.POSITIVE_INFINITY) <= today;
  const left = leftOf(rest, balance());
  for (const [i, lot] of rest.entries()) {
    const remaining = left[i] ?? 0;
    if (lot.on <= today || lot.warned || remaining === 0 || !isNear(lot)) continue;
    const data = { currency, amount: remaining, on: periodKey('day', lot.on) };
    unfolding.facts.push({ type: 'points.expiring', data, cause: null });
  }
  return accepted({
    booked,
    async write() {
      if (lots.some(({ on }) => on <= today)) await settleLots(tx, account, currency, today, rest);
      const near = rest.findLast(isNear);
      if (near !== undefined) await markWarned(tx, account, currency, near.on);
      await setNext(
        scene,
        account,
        currency,
        expiry,
        rest.map((lot) => ({ ...lot, warned: lot.warned || isNear(lot) })),
      );
    },
  });
}

/** What is held beyond its day is looked after when it is released. */
async function setNext(scene: Scene, account: number, currency: string, expiry: Expiry, lots: readonly Lot[]): Promise<void> {
  const { timezone } = scene.rulebook.catalog;
  const today = zoneDay(timezone, scene.now);
  const ahead = lots.filter(({ on }) => on > today).map((lot) => nextMoment(expiry, lot, timezone));
  const timer = expiryTimer(account, currency, Math.min(...ahead));
  if (ahead.length > 0) await setTimers(scene.tx, [timer]);
  else await cancelTimers(scene.tx, [timer]);
}
