import type { JsonObject } from '../../kernel/json.ts';
import { accepted, refused } from '../../kernel/outcome.ts';
import type { Refusal } from '../../kernel/refusals.ts';
import { checkPause, type Cover, datesOf, deleteCover, unitOf } from '../../streaks/index.ts';
import type { Deeds } from '../deeds.ts';
import { parseDate, parsePause, parseRestoration } from './streak-parse.ts';
import { coverWith, type StreakSubject, subjectOf, writeCover } from './streak-subject.ts';
import type { CancelResult, PauseResult, Restored, Streaks } from './streak-model.ts';
import { restoreStreak } from './streak-restore.ts';

export function createStreaks(deeds: Deeds): Streaks {
  return {
    async pause(user, streak, raw, actor) {
      const parsed = parsePause(raw);
      if (!parsed.ok) return parsed;
      const { from, to, reason } = parsed.value;
      return deeds.run<PauseResult>({
        kind: 'streak.pause',
        id: null,
        body: {},
        users: [{ user }],
        actor,
        async decide(scene) {
          const found = await subjectOf(scene, user, streak);
          if (!found.ok) return found;
          const { every } = found.value.streak;
          if (from < found.value.today)
            return refused({ code: 'malformed', path: '/from', message: 'is past: a pause is planned ahead, or begins today' });
          const run = { first: unitOf(every, from), last: unitOf(every, to) };
          const { first, last } = datesOf(every, run);
          const pauses = found.value.past.covers.filter(({ kind }) => kind === 'pause');
          const result: PauseResult = { streak, from: first, to: last };
          if (pauses.some((pause) => pause.first === run.first && pause.last === run.last)) return accepted(result);
          const others = pauses.filter((pause) => pause.first !== run.first);
          const checked = checkPause(every, run, others);
          if (!checked.ok) return checked;
          const covers = [...found.value.past.covers.filter((c) => c.kind !== 'pause' || c.first !== run.first), pauseOf(run)];
          const refusal = announce(found.value, covers, result);
          if (refusal !== undefined) return refused(refusal);
          await writeCover(found.value, { ...run, kind: 'pause', reason });
          return accepted(result);
        },
      });
    },

    async cancelPause(user, streak, date, actor) {
      const from = parseDate(date);
      if (from === undefined)
        return refused({ code: 'malformed', path: '/params/from', message: 'must be a date such as "2026-12-24"' });
      return deeds.run<CancelResult>({
        kind: 'streak.pause.cancel',
        id: null,
        body: {},
        users: [{ user }],
        actor,
        async decide(scene) {
          const found = await subjectOf(scene, user, streak);
          if (!found.ok) return found;
          const { current, past } = found.value;
          const first = unitOf(found.value.streak.every, from);
          const pause = past.covers.find((cover) => cover.kind === 'pause' && cover.first === first);
          if (pause === undefined || pause.last < current) return accepted({ streak, from: date, cancelled: false });
          // What is over was paused and stays so.
          const stays = first < current ? [pauseOf({ first, last: current - 1 })] : [];
          const left = [...past.covers.filter((cover) => cover !== pause), ...stays];
          const refusal = announce(found.value, left, { streak, from: date, cancelled: true });
          if (refusal !== undefined) return refused(refusal);
          const key = { account: found.value.member.state.account, streak: found.value.streak.key };
          if (stays.length === 0) await deleteCover(scene.tx, key, 'pause', first);
          else await writeCover(found.value, { first, last: current - 1, kind: 'pause', reason: null });
          return accepted({ streak, from: date, cancelled: true });
        },
      });
    },

    async restore(user, streak, raw, actor) {
      const parsed = parseRestoration(raw);
      if (!parsed.ok) return parsed;
      return deeds.run<Restored>({
        kind: 'streak.restore',
        id: parsed.value.id,
        body: { user, streak },
        users: [{ user }],
        actor,
        async decide(scene) {
          const found = await subjectOf(scene, user, streak);
          return found.ok ? restoreStreak(found.value) : found;
        },
      });
    },
  };
}

function pauseOf(run: Pick<Cover, 'first' | 'last'>): Cover {
  return { first: run.first, last: run.last, kind: 'pause' };
}

/** Takes other pauses of a streak over into its state, and announces what became of one. */
function announce(subject: StreakSubject, covers: readonly Cover[], data: JsonObject): Refusal | undefined {
  const { scene, member } = subject;
  const unfolding = scene.unfold(member, { type: 'streak.paused' });
  unfolding.facts.push({ type: 'streak.paused', data, cause: null });
  return coverWith(subject, unfolding, covers) ?? scene.settle(member, unfolding);
}
