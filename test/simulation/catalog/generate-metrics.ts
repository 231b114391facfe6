import type { Random } from '../../support/random.ts';
import type { Expression } from './expression.ts';
import type { PlannedMetric, PlannedStreak } from './plan.ts';
import { PATTERNS } from './words.ts';

export function chance(random: Random, share: number): boolean {
  return random.next() < share;
}

/** A metric for an expression: the level more often than others, as it is the one that moves only at the end. */
export function pickSeen(random: Random, metrics: readonly PlannedMetric[]): PlannedMetric {
  const level = metrics.find(({ kind }) => kind === 'level');
  return level !== undefined && chance(random, 0.25) ? level : random.pick(metrics);
}

/** Every kind of metric, those of events sometimes with a condition. Metrics see no metrics. */
export function generateMetrics(
  random: Random,
  given: {
    readonly n: number;
    readonly currencies: readonly string[];
    readonly streaks: readonly PlannedStreak[];
    readonly hasLevels: boolean;
  },
): readonly PlannedMetric[] {
  const { n, currencies, streaks, hasLevels } = given;
  const on = (): string => random.pick(PATTERNS);
  const ofEvents: readonly Expression[] = [
    { op: '>=', left: { data: 'n' }, right: 2 },
    { op: '==', left: { data: 'ok' }, right: true },
  ];
  /** Transfers have these, too. */
  const ofAnything: readonly Expression[] = [
    { op: '==', left: { attribute: 'vip' }, right: true },
    { op: '<', left: { name: 'event.local.hour' }, right: 18 },
  ];
  const when = (from: readonly Expression[] = [...ofEvents, ...ofAnything]): { readonly when?: Expression } =>
    random.next() < 0.6 ? {} : { when: random.pick(from) };
  const metrics: PlannedMetric[] = [
    { name: `count-${n}`, kind: 'count', on: on(), ...when() },
    { name: `any-${n}`, kind: 'count', on: '*' },
    {
      name: `sum-${n}`,
      kind: 'sum',
      on: on(),
      value: random.pick<Expression>([{ data: 'n' }, { op: '*', left: { data: 'n' }, right: 0.5 }]),
      ...when(),
    },
    { name: `max-${n}`, kind: 'max', on: on(), value: random.pick([{ data: 'n' }, { data: 'm' }]), ...when() },
    {
      name: `distinct-${n}`,
      kind: 'distinct',
      on: on(),
      value: random.pick([{ data: 'word' }, { data: 'n' }, { data: 'ok' }]),
      ...when(),
    },
    {
      name: `run-${n}`,
      kind: 'run',
      on: on(),
      holds: random.pick<Expression>([
        { op: '<', left: { name: 'event.local.hour' }, right: 16 },
        { op: '!=', left: { name: 'event.type' }, right: { text: 'quiz.won' } },
      ]),
    },
    { name: `spent-${n}`, kind: 'spent', currency: random.pick(currencies), ...when(ofAnything) },
    ...currencies
      .filter((code) => code === 'points' || random.next() < 0.4)
      .map((currency) => ({ name: `earned-${currency}-${n}`, kind: 'earned' as const, currency, ...when(ofAnything) })),
    { name: `balance-${n}`, kind: 'balance', currency: random.pick(currencies) },
    ...(hasLevels ? [{ name: `level-${n}`, kind: 'level' as const }] : []),
    ...streaks.map(({ id }) => ({ name: `streak-${id}`, kind: 'streak' as const, streak: id })),
  ];
  return random.shuffled(metrics);
}
