import { accepted, type Outcome, refused } from '../../kernel/outcome.ts';
import type { Refusal } from '../../kernel/refusals.ts';
import { formatTime } from '../../kernel/time.ts';
import {
  type Cover,
  dayAt,
  lastCovered,
  loadPasts,
  NO_PAST,
  type Past,
  saveCovers,
  type Streak,
  unitOf,
  withCovered,
} from '../../streaks/index.ts';
import type { Scene } from '../deeds.ts';
import type { Member } from '../member.ts';
import type { Unfolding } from '../unfold.ts';

/** A user's streak in a deed under way. */
export interface StreakSubject {
  readonly scene: Scene;
  readonly member: Member;
  readonly streak: Streak;
  readonly past: Past;
  /** The user's zone, or the catalog's. */
  readonly place: string;
  /** Today there, and its unit. */
  readonly today: number;
  readonly current: number;
}

export async function subjectOf(scene: Scene, user: string, id: string): Promise<Outcome<StreakSubject>> {
  const [member] = scene.members;
  const streak = scene.rulebook.streaksById.get(id);
  if (member === undefined || member.state.isNew)
    return refused({ code: 'unknown_user', path: '/params/user', message: `no user "${user}"` });
  if (streak === undefined)
    return refused({ code: 'unknown_streak', path: '/params/streak', message: `the catalog has no streak "${id}"` });
  const { account, zone } = member.state;
  const past = (await loadPasts(scene.tx, [{ account, streak: streak.key }])).get(`${account} ${streak.key}`) ?? NO_PAST;
  const place = zone ?? scene.rulebook.catalog.timezone;
  const today = dayAt(place, scene.now);
  return accepted({ scene, member, streak, past, place, today, current: unitOf(streak.every, today) });
}

/** Lets other covers count. */
export function coverWith(
  { member, streak, past }: StreakSubject,
  unfolding: Unfolding,
  covers: readonly Cover[],
): Refusal | undefined {
  const state = withCovered(streak, member.state.streaks.get(streak.key), lastCovered(covers));
  return unfolding.cover(streak, { ...past, covers }, state);
}

export async function writeCover(subject: StreakSubject, cover: Cover & { readonly reason: string | null }): Promise<void> {
  const { scene, member, streak } = subject;
  const { account } = member.state;
  await saveCovers(scene.tx, [{ ...cover, account, streak: streak.key }], formatTime(scene.now));
}
