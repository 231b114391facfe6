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
