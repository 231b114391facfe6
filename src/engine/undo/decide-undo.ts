import { type Achievement, isPartUnlocked, isUnlocked, type Tier, withoutUnlock } from '../../achievements/index.ts';
import { type Period, periodKey } from '../../kernel/period.ts';
import { type AccountCover, currentLength, type Place } from '../../streaks/index.ts';
import type { Moves, PastMoves, Step } from '../moves.ts';
import { lastOf, type Occurrence } from '../history/occurrences.ts';
import { type LoggedMoves, refold, type RulebookOf, streaksBeside } from '../history/refold.ts';
import type { Derived } from '../state.ts';
import type { Rulebook } from '../rulebook.ts';
import { levelNow, metricValue, type Standing } from '../standing.ts';
import { scoreId, type TopLevel, type UserState } from '../state.ts';

/** What an undoing leaves as it is. */
export interface UndoPolicy {
  readonly achievements: 'revoke' | 'keep';
  readonly levels: 'lower' | 'keep';
}

/** An entry of the ledger that may be taken back, seen from one user. */
export interface Entry {
  /** UUID. */
  readonly transfer: string;
  readonly kind: string;
  readonly currency: string;
  /** Signed: what it gave to the user. */
  readonly amount: number;
  readonly rule: string | null;
  /** Position of the row in the log that it belongs to; null where the log does not tell. */
  readonly position: number | null;
}

/** A tier that the user has. */
export interface Held {
  readonly achievement: string;
  readonly tier: string;
  readonly number: number;
  /** Each time that it was unlocked, in order. */
  readonly occurrences: readonly HeldOccurrence[];
}

export interface HeldOccurrence extends Occurrence {
  /** What it paid and was not taken back since. */
  readonly rewards: readonly Entry[];
}

/** A tier that is taken away; of one that was unlocked several times, maybe only some of them. */
export interface Lost extends Held {
  readonly gone: readonly HeldOccurrence[];
  /** Those that stay, in order. */
  readonly left: readonly HeldOccurrence[];
  /** Of a tier that is unlocked in every period: the one that it is lost in. */
  readonly period: string | null;
}

export interface UndoRequest {
  readonly state: UserState;
  /** Everything that the log keeps of the user's moves. */
  readonly rows: readonly LoggedMoves[];
  /** Of all streaks. */
  readonly covers: readonly AccountCover[];
  /** Scores of all periods. */
  readonly scores: Derived['scores'];
  readonly rulebook: Rulebook;
  readonly rulebookOf: RulebookOf;
  /** Position of the event to undo; null where single entries are taken back. */
  readonly event: number | null;
  /** Of the event; or those to take back. Entries that were taken back before are left out. */
  readonly entries: readonly Entry[];
  readonly held: readonly Held[];
  readonly policy: UndoPolicy;
  /** Milliseconds, the local day, and by whose calendar. */
  readonly now: { readonly time: number; readonly day: number; readonly place: Place };
}

export interface Undoing {
  /** To be recorded with the fact of the undoing. */
  readonly moves: Moves;
  /** As everything is then. */
  readonly derived: Derived;
  readonly revoked: readonly Lost[];
  /** What the event unlocked and is kept: of each tier, the times that are its own. */
  readonly kept: readonly Held[];
  readonly takenBack: readonly Entry[];
  readonly level: { readonly before: number; readonly after: number };
  readonly levelFloor: TopLevel | null;
}

/** Where the row that tells of the undoing will stand: behind everything. */
const LAST = Number.MAX_SAFE_INTEGER;

/**
 * What is left when an event, or single entries, are taken back: everything that is derived is folded again without it. Tiers
 * that were reached with it and are not without it are revoked, and with them their rewards, which count as earned and may
 * have led to others. Nothing else is decided again. Throws UnknownVersion.
 */
export function decideUndo(request: UndoRequest): Undoing {
  const { state, rulebook, policy } = request;
  const live = standingOf(rulebook, state, (currency) => state.balances.get(currency)?.available ?? 0, state.levelFloor);
  const levelBefore = levelNow(rulebook, live);
  const { levelMetric } = rulebook;
  const levelFloor =
    policy.levels === 'keep' && levelMetric !== null ? ([levelMetric.key, levelBefore] as const) : state.levelFloor;
  for (let revoked: readonly Lost[] = []; ; ) {
    const takenBack = takenBackWith(request, revoked);
    const past = pastOf(request, revoked, takenBack);
    const derived = without(request, { past });
    const after = standingOf(rulebook, derived, balanceAfter(state, takenBack, rulebook), levelFloor);
    const lost = policy.achievements === 'keep' ? [] : lostWith(request, live, after, derived, revoked);
    if (isMore(lost, revoked)) {
      revoked = lost;
      continue;
    }
    const shown = mirrored(request, derived, after);
    const moves: Moves = { ...(past.length === 0 ? {} : { past }), ...(shown.length === 0 ? {} : { v: shown }) };
    return {
      moves,
      derived: shown.length === 0 ? derived : without(request, moves),
      revoked,
      kept: keptOf(request, revoked),
      takenBack,
      level: { before: levelBefore, after: levelNow(rulebook, after) },
      levelFloor,
    };
  }
}

/** Everything folded with a row behind it that undoes the event and tells `moves`. */
function without({ state, rows, covers, rulebook, rulebookOf, event, now }: UndoRequest, moves: Moves): Derived {
  const row: LoggedMoves = {
    position: LAST,
    occurredAt: now.time,
    day: now.day,
    catalogVersion: rulebook.version,
    moves,
    undoes: event,
  };
  const folded = refold(state.account, [...rows, row], rulebookOf, covers);
  return { ...folded, streaks: streaksBeside(folded.streaks, state.streaks) };
}

function isMore(lost: readonly Lost[], before: readonly Lost[]): boolean {
  const gone = new Map(before.map((one) => [one.number, one.gone.length]));
  return lost.some((one) => one.gone.length > (gone.get(one.number) ?? 0));
}

/** What the event itself unlocked, and nothing takes away. */
function keptOf({ held, event }: UndoRequest, gone: readonly Lost[]): readonly Held[] {
  if (event === null) return [];
  return held.flatMap((one) => {
    const lost = gone.find(({ number }) => number === one.number)?.gone ?? [];
    const occurrences = one.occurrences.filter((occurrence) => occurrence.position === event && !lost.includes(occurrence));
    return occurrences.length === 0 ? [] : [{ ...one, occurrences }];
  });
}

function rewardsOf(all: readonly HeldOccurrence[]): readonly Entry[] {
  return all.flatMap(({ rewards }) => rewards);
}

/** Rewards of what is kept stay; those of what is revoked go, whatever paid them. */
function takenBackWith(request: UndoRequest, gone: readonly Lost[]): readonly Entry[] {
  const kept = keptOf(request, gone).flatMap(({ occurrences }) => rewardsOf(occurrences));
  const stay = new Set(kept.map(({ transfer }) => transfer));
  const own = request.entries.filter(({ transfer }) => !stay.has(transfer));
  const known = new Set(own.map(({ transfer }) => transfer));
  const lost = gone.flatMap((one) => rewardsOf(one.gone));
  return [...own, ...lost.filter(({ transfer }) => !known.has(transfer))];
}

/** What stays of the event, and what others lose, at the places where it was counted. */
function pastOf(request: UndoRequest, gone: readonly Lost[], takenBack: readonly Entry[]): readonly PastMoves[] {
  const { rows, rulebookOf, event } = request;
  const past: PastMoves[] = [];
  const add = (position: number | null, stepsIn: (row: LoggedMoves, rulebook: Rulebook) => readonly Step[]): void => {
    const row = rows.find((one) => one.position === position);
    const rulebook = row === undefined ? undefined : rulebookOf(row.catalogVersion);
    const m = row === undefined || rulebook === undefined ? [] : stepsIn(row, rulebook);
    if (row !== undefined && m.length > 0) past.push([row.position, row.occurredAt, row.day, { m, ...foundBy(row.moves) }]);
  };
  const kept = keptOf(request, gone).flatMap(({ occurrences }) => occurrences);
  if (event !== null && kept.length > 0) {
    add(event, (row, rulebook) => [
      ...rewardsOf(kept).flatMap((entry) => stepsOf(entry, row, rulebook)),
      ...unlockSteps(kept.length, row, rulebook),
    ]);
  }
  for (const { position } of gone.flatMap((one) => one.gone)) {
    if (event !== null && position === event) continue;
    add(position, (row, rulebook) => unlockSteps(1, row, rulebook).map(([key, amount]): Step => [key, -amount]));
  }
  for (const entry of takenBack) {
    // All that the event itself counted is gone with it.
    if (event !== null && entry.position === event) continue;
    add(entry.position, (row, rulebook) => stepsOf(entry, row, rulebook).map(([key, amount]): Step => [key, -amount]));
  }
  return past;
}

/** Boards that were closed by then stay so, and what boards keep with their scores is what it was. */
function foundBy({ b, c }: Moves): Pick<Moves, 'b' | 'c'> {
  return { ...(b === undefined ? {} : { b }), ...(c === undefined ? {} : { c }) };
}

/** How an entry moved the metrics of what is earned or spent, as its row recorded it. */
function stepsOf({ kind, currency, amount }: Entry, { moves: { m = [] } }: LoggedMoves, rulebook: Rulebook): readonly Step[] {
  const counts = kind === 'award' || kind === 'force' ? 'earned' : kind === 'spend' || kind === 'capture' ? 'spent' : null;
  if (counts === null) return [];
  return (rulebook.metricsOfCurrency.get(currency) ?? [])
    .filter(({ source }) => source.kind === counts)
    .flatMap(({ key }) => m.filter(([moved, by]) => moved === key && by === Math.abs(amount)).slice(0, 1));
}

/** What metrics of unlocks counted for the tiers that stay: one step for each. */
function unlockSteps(count: number, { moves: { m = [] } }: LoggedMoves, rulebook: Rulebook): readonly Step[] {
  const { metrics } = rulebook.listeners('achievement.unlocked');
  return metrics.flatMap(({ key }) => m.filter(([moved, , member]) => moved === key && member === undefined).slice(0, count));
}

/** What comes back is there before anything is taken; where the catalog says so, no more is taken than there is. */
function balanceAfter(state: UserState, takenBack: readonly Entry[], { catalog }: Rulebook): (currency: string) => number {
  return (code) => {
    const amounts = takenBack.flatMap(({ currency, amount }) => (currency === code ? amount : []));
    const back = amounts.filter((amount) => amount < 0).reduce((sum, amount) => sum - amount, 0);
    const wanted = amounts.filter((amount) => amount > 0).reduce((sum, amount) => sum + amount, 0);
    const there = (state.balances.get(code)?.available ?? 0) + back;
    const isClamped = catalog.currencies.get(code)?.reversal === 'clamp';
    return there - (isClamped ? Math.min(wanted, Math.max(0, there)) : wanted);
  };
}

function standingOf(
  { streaksById }: Rulebook,
  { metrics, streaks }: Pick<Derived, 'metrics' | 'streaks'>,
  available: (currency: string) => number,
  levelFloor: TopLevel | null,
): Standing {
  return {
    counter: (key) => metrics.get(key)?.value ?? 0,
    available,
    streakLength(id) {
      return streaks.get(streaksById.get(id)?.key ?? '')?.length ?? 0;
    },
    levelFloor,
  };
}

/** Tiers that were reached with what is undone and are not without it, those included that were made of such ones. */
function lostWith(
  request: UndoRequest,
  live: Standing,
  after: Standing,
  derived: Derived,
  gone: readonly Lost[],
): readonly Lost[] {
  const { held, state, scores, rulebook, rows, event } = request;
  const row = rows.find(({ position }) => position === event);
  const unlocks = gone
    .filter(({ left }) => left.length === 0)
    .reduce((bits, { number }) => withoutUnlock(bits, number), state.unlocks);
  return held.flatMap((one) => {
    const achievement = rulebook.achievements.byId.get(one.achievement);
    const tier = achievement?.tiers.find(({ id }) => id === one.tier);
    if (achievement === undefined || tier === undefined || !isUnlocked(state.unlocks, tier.number)) return [];
    const { window } = achievement.strategy;
    // What was reached within another period than that of the event is not touched by it.
    if (window !== null && (row === undefined || !isOfPeriod(one, achievement, row, rows, window))) return [];
    const period = window === null || row === undefined ? null : periodKey(window, row.day);
    const before = progressOf(achievement, rulebook, live, { scores, unlocks: state.unlocks, period });
    const now = progressOf(achievement, rulebook, after, { scores: derived.scores, unlocks, period });
    const of = achievement.repeat === 'periods' ? period : null;
    const times = of === null ? one.occurrences : one.occurrences.filter((occurrence) => occurrence.period === of);
    const count = timesLost(achievement, tier, times.length, before, now);
    const lost = lastOf(times, count, event, of);
    if (lost.length === 0) return [];
    return [{ ...one, gone: lost, left: one.occurrences.filter((occurrence) => !lost.includes(occurrence)), period: of }];
  });
}

function isOfPeriod(
  { occurrences }: Held,
  { repeat }: Achievement,
  row: LoggedMoves,
  rows: readonly LoggedMoves[],
  window: Period,
): boolean {
  if (repeat === 'periods') return true;
  const unlocking = rows.find(({ position }) => position === occurrences[0]?.position);
  return unlocking !== undefined && periodKey(window, unlocking.day) === periodKey(window, row.day);
}

/** How many of the times that a tier was unlocked are lost when its progress falls. */
function timesLost({ repeat }: Achievement, { at }: Tier, times: number, before: number, now: number): number {
  if (repeat !== 'multiples') return before >= at && now < at ? Math.min(1, times) : 0;
  return Math.floor(before / at) >= times ? times - Math.max(0, Math.min(times, Math.floor(now / at))) : 0;
}

function progressOf(
  { strategy }: Achievement,
  rulebook: Rulebook,
  standing: Standing,
  { scores, unlocks, period }: Pick<UserState, 'scores' | 'unlocks'> & { readonly period: string | null },
): number {
  return strategy.progress({
    metric(name) {
      const metric = rulebook.metricsByName.get(name);
      return metric === undefined ? 0 : metricValue(rulebook, metric, standing);
    },
    within(name, window) {
      const board = rulebook.windows.get(window)?.get(name);
      return board === undefined || period === null ? 0 : (scores.get(scoreId(board.key, period))?.score ?? 0);
    },
    isUnlocked: (part) => isPartUnlocked(part, rulebook.achievements.byId, unlocks),
  });
}

/** States that metrics show otherwise than was folded. */
function mirrored(request: UndoRequest, derived: Derived, standing: Standing): readonly (readonly [string, number])[] {
  const { rulebook } = request;
  return rulebook.mirrors.flatMap((metric) => {
    if (metric.when !== null) return [];
    const state = metricValue(rulebook, metric, standing);
    const shown = derived.metrics.get(metric.key)?.value;
    if (metric.source.kind === 'streak' && (shown ?? 0) === 0 && lengthNow(request, derived, metric.source.streak) === 0)
      return [];
    const begins = metric.source.kind === 'level' ? (rulebook.levels?.levelOf(0) ?? 1) : 0;
    return state === (shown ?? begins) ? [] : [[metric.key, state] as const];
  });
}

/** Of a streak as long as it goes on; a broken one shows nothing. */
function lengthNow({ rulebook, covers, now }: UndoRequest, { streaks }: Derived, id: string): number {
  const streak = rulebook.streaksById.get(id);
  if (streak === undefined) return 0;
  const own = covers.filter((cover) => cover.streak === streak.key);
  return currentLength(streak, streaks.get(streak.key), own, { now: now.time, place: now.place });
}
