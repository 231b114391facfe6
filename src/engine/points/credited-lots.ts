import { zoneDay, zoneDayStart } from '../../kernel/time.ts';
import { type Expiry, expiryDay, type LotCredit, type Transfer, warningDay } from '../../ledger/index.ts';
import type { NewTimer } from '../../timers/index.ts';

/** Looks after what one account has in one currency that expires: tells of it ahead, and takes it when its day has come. */
export const EXPIRE = 'points.expire';

export function expiryTimer(account: number, currency: string, dueAt: number): NewTimer {
  return { kind: EXPIRE, key: `${account} ${currency}`, dueAt, account, data: { currency } };
}

/** When the day comes on which something is to be done about a lot: it is told of, or else it expires. Milliseconds. */
export function nextMoment(expiry: Expiry, lot: { readonly on: number; readonly warned: boolean }, timezone: string): number {
  const warning = lot.warned ? null : warningDay(expiry, lot.on);
  return zoneDayStart(timezone, warning ?? lot.on);
}

/** Credits by the day on which they expire, which goes by the time of their event, and when they have to be looked after. */
export function creditedLots(
  transfers: readonly Transfer[],
  expiries: ReadonlyMap<string, Expiry>,
  timezone: string,
): { readonly lots: readonly LotCredit[]; readonly timers: readonly NewTimer[] } {
  const lots = new Map<string, LotCredit>();
  const timers = new Map<string, NewTimer>();
  for (const { kind, credit, currency, amount, occurredAt } of transfers) {
    const expiry = credit > 0 && kind !== 'release' ? expiries.get(currency) : undefined;
    const on = expiry === undefined ? null : expiryDay(expiry, zoneDay(timezone, occurredAt));
    if (expiry === undefined || on === null) continue;
    const key = `${credit} ${currency}`;
    const lot = `${key} ${on}`;
    lots.set(lot, { account: credit, currency, on, amount: (lots.get(lot)?.amount ?? 0) + amount });
    const dueAt = nextMoment(expiry, { on, warned: false }, timezone);
    if (dueAt < (timers.get(key)?.dueAt ?? Number.POSITIVE_INFINITY)) timers.set(key, expiryTimer(credit, currency, dueAt));
  }
  return { lots: [...lots.values()], timers: [...timers.values()] };
}
