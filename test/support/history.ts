import { createRandom } from './random.ts';

export interface HistoryEvent {
  readonly id: string;
  readonly type: string;
  readonly user: string;
  readonly time: string;
  readonly data: { readonly repo: string; readonly files: number };
}

const TYPES = ['code.commit', 'code.commit', 'code.commit', 'code.commit', 'code.test', 'code.docs', 'code.merge'];
const OFFSETS = ['Z', '+00:00', '+01:00', '+02:00', '+05:30', '+09:00', '-03:00', '-05:00', '-08:00', '+12:45'];
const DAY = 24 * 60 * 60 * 1_000;

/**
 * What the history of some repositories looks like: a few people do most of the work, in bursts, each from a place
 * of their own that now and then changes. The same seed gives the same events; all of them lie in the past.
 */
export function historyOf(seed: number, count: number, people: number): readonly HistoryEvent[] {
  const random = createRandom(seed);
  const homes = Array.from({ length: people }, () => random.pick(OFFSETS));
  let at = Date.parse('2025-01-01T00:00:00Z');
  const pause = (300 * DAY) / count;
  return Array.from({ length: count }, (_, n) => {
    at += Math.floor(pause * (random.next() < 0.7 ? 0.1 : 3 * random.next()));
    const person = Math.floor(people * random.next() ** 3);
    const offset = random.next() < 0.05 ? random.pick(OFFSETS) : (homes[person] ?? 'Z');
    const local = new Date(at - random.below(3) * random.below(DAY)).toISOString().slice(0, 19);
    return {
      id: `commit-${seed}-${n}`,
      type: random.pick(TYPES),
      user: `dev-${person}@example.org`,
      time: `${local}${offset}`,
      data: { repo: `repo-${random.below(9)}`, files: 1 + Math.floor(40 * random.next() ** 4) },
    };
  });
}
