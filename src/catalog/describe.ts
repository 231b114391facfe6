import type { Achievement } from '../achievements/index.ts';
import type { Board } from '../boards/index.ts';
import type { EventDeclaration } from '../events/index.ts';
import type { Computed } from '../kernel/conditions/index.ts';
import { formatTime } from '../kernel/time.ts';
import type { Currency } from '../ledger/index.ts';
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

export function describeCurrency({ name, overdraft }: Currency): string {
  return line([`name ${JSON.stringify(name)}`, overdraft === 'allow' ? 'overdraft allowed' : null]);
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

export function describeBoard({ metric, period, order, ties, zone, rewards, leagues }: Board): string {
  return line([
    `by ${metric}`,
    `period ${describePeriod(period)}`,
    order,
    `ties ${ties}`,
    zone === null ? null : `zone ${zone}`,
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

export function describeAchievement({ name, requires, secret, strategy, tiers }: Achievement): string {
  return line([
    `name ${JSON.stringify(name)}`,
    `by ${strategy.metrics.join(' ')}`,
    requires.length === 0
      ? null
      : `requires ${requires.map(({ achievement, tier }) => (tier === null ? achievement : `${achievement}.${tier}`)).join(' ')}`,
    secret ? 'secret' : null,
    ...tiers.map(({ id, at, rewards }) => `${id} at ${at}${rewards.length === 0 ? '' : ` gives ${grants(rewards)}`}`),
  ]);
}
