import { sequence } from './numbers.ts';

/** The economy of every load: 3 rules, 3 metrics, 2 boards. */
export const CATALOG = `
diana: 1
name: bench
currencies: { points: { name: Points } }
metrics:
  commits: { count: code.commit }
  files: { sum: event.data.files, on: 'code.*' }
  earned: { earned: points }
rules:
  - { id: commit, on: code.commit, award: { points: 10 } }
  - { id: docs, on: code.docs, when: 'event.data.files > 0', award: { points: 5 } }
  - { id: test, on: code.test, award: { points: 3 }, limit: { max: 20, per: day } }
boards:
  - { id: weekly, metric: earned, period: week }
  - { id: commits, metric: commits }
`;

/** The same with all that a catalog can say: 3 rules, 5 metrics, 3 achievements, 1 streak, 3 multipliers, 2 boards. */
export const WHOLE_CATALOG = `
diana: 1
name: bench-whole
currencies: { points: { name: Points } }
metrics:
  commits: { count: code.commit }
  files: { sum: event.data.files, on: 'code.*' }
  earned: { earned: points }
  biggest: { max: event.data.files, on: 'code.*' }
  repos: { distinct: event.data.repo, on: 'code.*' }
streaks:
  daily: { on: 'code.*', every: day }
levels: { metric: earned, formula: 'floor(sqrt(value / 1000.0)) + 1' }
multipliers:
  streak: { streak: daily, tiers: [ { from: 1, factor: 1.1 }, { from: 7, factor: 1.2 } ] }
  vip: { when: 'has(user.attributes.vip) && user.attributes.vip == true', factor: 1.5 }
  level: { factor: '1 + 0.05 * (user.level - 1)' }
rules:
  - { id: commit, on: code.commit, award: { points: 10 } }
  - { id: docs, on: code.docs, when: 'event.data.files > 0', award: { points: 5 } }
  - { id: test, on: code.test, award: { points: 3 }, limit: { max: 20, per: day } }
achievements:
  - { id: committer, metric: commits, tiers: [ { id: bronze, at: 1, award: { points: 50 } }, { id: silver, at: 100 }, { id: gold, at: 1000 } ] }
  - { id: rich, metric: earned, tiers: [ { id: first, at: 100 }, { id: second, at: 1000 } ] }
  - { id: bold, metric: biggest, requires: [ committer ], tiers: [ { id: nine, at: 9 } ] }
boards:
  - { id: weekly, metric: earned, period: week }
  - { id: commits, metric: commits }
`;

export const USERS = 100_000;
const TYPES = ['code.commit', 'code.docs', 'code.test'] as const;

export interface Traffic {
  /** An event of any user. */
  next(): object;
  /** An event of one and the same user. */
  ofOneUser(): object;
}

/** `run` keeps the identities of one load apart from those of another. */
export function createTraffic(run: string): Traffic {
  const random = sequence(hashOf(run));
  let made = 0;
  const event = (type: string, user: string): object => ({
    id: `${run}-${(made += 1)}`,
    type,
    user,
    data: { repo: 'diana', files: 1 + (made % 9) },
  });
  return {
    next: () => event(TYPES[made % 3] ?? TYPES[0], userName(random(USERS))),
    ofOneUser: () => event('code.commit', userName(0)),
  };
}

export function userName(n: number): string {
  return `user-${n}`;
}

function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}
