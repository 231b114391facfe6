import type { UndoSettings } from './model.ts';
import { type Achievement, referenceText } from '../achievements/index.ts';
import type { Board } from '../boards/index.ts';
import type { EventDeclaration } from '../events/index.ts';
import type { Computed } from '../kernel/conditions/index.ts';
import { periodKey } from '../kernel/period.ts';
import { dayOf, formatTime } from '../kernel/time.ts';
import type { AmountLimit, Currency, Expiry } from '../ledger/index.ts';
import type { Grant, Limit, Multiplier, Rule } from '../rules/index.ts';

/** Definitions in one line each, for people who read what a change would do. Equal definitions have equal text. */

function line(parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null).join(', ');
}

function amount(value: number | Computed): string {
  return typeof value === 'number' ? String(value) : `(${value.source})`;
}

function condition(when: { readonly source: string } | null): string | null {
  return when === null ? null : `when ${when.source}`;
}

export function describeCurrency({ name, overdraft, adjust, expires, transfers, cap }: Currency): string {
  return line([
    `name ${JSON.stringify(name)}`,
    overdraft === 'allow' ? 'overdraft allowed' : null,
    adjust === (overdraft === 'allow' ? 'allow' : 'refuse') ? null : ADJUSTS[adjust],
    expires === null ? null : describeExpiry(expires),
    ...transfers.map((limit) => `at most ${amountLimit(limit)} sent to others`),
    ...cap.map((limit) => `at most ${amountLimit(limit)} awarded by rules`),
  ]);
}

const ADJUSTS: Readonly<Record<Currency['adjust'], string>> = {
  refuse: 'adjustments beyond the balance are refused',
  clamp: 'adjustments take what there is',
  allow: 'adjustments may leave a debt',
};

function describeExpiry(expiry: Expiry): string {
  const warned = expiry.warn === null ? null : `told ${expiry.warn.text} ahead`;
  if (expiry.kind === 'after') return line([`expires after ${expiry.after.text}`, warned]);
  if (expiry.kind === 'once') return line([`expires on ${periodKey('day', expiry.on)}`, warned]);
  // Any year will do.
  return line([`expires every ${periodKey('day', dayOf(2027, expiry.month, expiry.day)).slice(5)}`, warned]);
}

function amountLimit({ max, per }: AmountLimit): string {
  return `${max} per ${per}`;
}

export function describeEvent(event: EventDeclaration): string {
  const fields = [...(event.data ?? [])].map(([name, { type, optional }]) => `${name}: ${type}${optional ? '?' : ''}`);
  return line([event.data === null ? 'any data' : `data { ${fields.join(', ')} }`, event.public ? 'public' : null]);
}

export function describeMultiplier(multiplier: Multiplier): string {
  const { when, from, to } = multiplier;
  return line([
    multiplier.kind === 'factor'
      ? `× ${amount(multiplier.factor)}`
      : `by ${multiplier.streak}: ${multiplier.tiers.map((tier) => `from ${tier.from} × ${tier.factor}`).join(', ')}`,
    condition(when),
    from === null ? null : `from ${formatTime(from)}`,
    to === null ? null : `to ${formatTime(to)}`,
  ]);
}

export function describeRule(rule: Rule): string {
  const { on, when, awards, adjusts, multipliers, limits } = rule;
  return line([
    `on ${on}`,
    condition(when),
    awards.length === 0 ? null : `award ${grants(awards)}`,
    adjusts.length === 0 ? null : `adjust ${grants(adjusts)}`,
    multipliers.length === 0 || awards.length === 0 ? null : `multipliers ${multipliers.map(({ id }) => id).join(' ')}`,
    ...limits.map(describeLimit),
  ]);
}

function grants(list: readonly Grant[]): string {
  return list.map((grant) => `${amount(grant.amount)} ${grant.currency}`).join(' and ');
}

function describeLimit(limit: Limit): string {
  return limit.kind === 'calendar'
    ? `at most ${limit.max} per ${limit.per}`
    : `at most ${limit.max} within ${limit.window / 1_000}s`;
}

export function describeBoard({ metric, period, order, ties, zone, by, record, rewards, leagues }: Board): string {
  return line([
    `by ${metric}`,
    `period ${describePeriod(period)}`,
    order,
    `ties ${ties}`,
    zone === null ? null : `zone ${zone}`,
    by === null ? null : `segments by ${by.source}`,
    record.length === 0 ? null : `record ${record.map(({ name, value }) => `${name} (${value.source})`).join(' ')}`,
    ...rewards.map(describeReward),
    leagues === null
      ? null
      : `leagues ${leagues.tiers.join(' < ')} of ${leagues.size}, ${leagues.promote} up, ${leagues.relegate} down`,
  ]);
}

function describePeriod(period: Board['period']): string {
  if (typeof period === 'string') return period;
  if (period.kind === 'cron') return `cron ${period.cron}`;
  return `seasons ${period.seasons.map(({ name, from, to }) => `${name} ${formatTime(from)} to ${formatTime(to)}`).join(', ')}`;
}

function describeReward(reward: Board['rewards'][number]): string {
  const given = Object.entries(reward.award).map(([currency, value]) => `${value} ${currency}`);
  const whom =
    'top' in reward
      ? `top ${reward.top}%`
      : reward.first === reward.last
        ? `rank ${reward.first}`
        : `ranks ${reward.first}-${reward.last}`;
  return `${whom} gets ${given.join(' and ')}`;
}

export function describeAchievement({ name, requires, secret, strategy, repeat, tiers }: Achievement): string {
  return line([
    `name ${JSON.stringify(name)}`,
    strategy.description,
    repeat === null ? null : 'repeatable',
    requires.length === 0 ? null : `requires ${requires.map(referenceText).join(' ')}`,
    secret ? 'secret' : null,
    ...tiers.map(({ id, at, rewards }) => `${id} at ${at}${rewards.length === 0 ? '' : ` gives ${grants(rewards)}`}`),
  ]);
}

/** By effect, those that are kept. */
export function describeUndo({ achievements, levels }: UndoSettings): readonly (readonly [string, string])[] {
  return [
    ...(achievements === 'keep' ? [['achievements', 'kept when what led to them is undone'] as const] : []),
    ...(levels === 'keep' ? [['levels', 'kept when what led to them is undone'] as const] : []),
  ];
}
