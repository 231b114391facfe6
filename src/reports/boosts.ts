import type { Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import { type GrantedBoost, loadBoosts } from '../rules/index.ts';
import type { BoostStatus } from './model.ts';

/** What goes on or is still to begin, in the order of grants; those for everyone where `account` is null. */
export async function boostsOf(tx: Pick<Tx, 'query'>, account: number | null, now: number): Promise<readonly BoostStatus[]> {
  return (await loadBoosts(tx, account, formatTime(now))).map(boostStatus);
}

export function boostStatus({ id, factor, currency, rules, from, until, cancelled, ...boost }: GrantedBoost): BoostStatus {
  const { grantedAt, grantedBy, reason } = boost;
  const times = { from: formatTime(from), until: formatTime(until), grantedAt: formatTime(grantedAt) };
  return { id, factor, currency, rules, ...times, grantedBy, reason, cancelled };
}
