import { type Achievement, isPartUnlocked, isUnlocked, type Tier, withoutUnlock } from '../achievements/index.ts';
import { type Period, periodKey } from '../kernel/period.ts';
import type { AccountCover } from '../streaks/index.ts';
import type { Moves, PastMoves, Step } from './moves.ts';
import { type LoggedMoves, refold, type RulebookOf, streaksBeside } from './refold.ts';
import type { Derived } from './state.ts';
import type { Rulebook } from './rulebook.ts';
import { levelNow, metricValue, type Standing } from './standing.ts';
import { scoreId, type TopLevel, type UserState } from './state.ts';

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
  /** How often. */
  readonly times: number;
  /** Position of the event or command that unlocked it first; null where the log does not tell. */
  readonly position: number | null;
  /** What it paid and was not taken back since, in order of time. */
  readonly rewards: readonly Entry[];
}

/** A tier that is taken away; of one that was unlocked several times, the last few of them. */
export interface Lost extends Held {
  /** How often it stays unlocked. */
  readonly left: number;
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
  /** Tiers that the event unlocked, as it answered: one that repeats maybe several times. */
  readonly unlocked: readonly { readonly id: string; readonly tier: string }[];
  readonly held: readonly Held[];
  readonly policy: UndoPolicy;
  /** Milliseconds, and the local day. */
  readonly now: { readonly time: number; readonly day: number };
}

export interface Undoing {
  /** To be recorded with the fact of the undoing. */
  readonly moves: Moves;
  /** As everything is then. */
  readonly derived: Derived;
  readonly revoked: readonly Lost[];
  /** What the event unlocked and is kept. */
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
    const after = standingOf(rulebook, derived, balanceAfter(state, takenBack), levelFloor);
    const lost = policy.achievements === 'keep' ? [] : lostWith(request, live, after, derived, revoked);
    if (isMore(lost, revoked)) {
      revoked = lost;
      continue;
    }
    const shown = mirrored(rulebook, derived, after);
    const moves: Moves = { ...(past.length === 0 ? {} : { past }), ...(shown.length === 0 ? {} : { v: shown }) };
    return {
      moves,
      derived: shown.length === 0 ? derived : without(request, moves),
      revoked,
      kept: keptOf(request, revoked).map(({ held }) => held),
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
  const left = new Map(before.map((one) => [one.number, one.left]));
  return lost.some((one) => one.left < (left.get(one.number) ?? one.times));
}

/** How often the event itself unlocked what the user has: a tier that was lost since and won again is none of it. */
function ownTimes({ event, unlocked }: UndoRequest, { achievement, tier, times, position }: Held): number {
  if (event === null || (position !== null && position > event)) return 0;
  return Math.min(times, unlocked.filter((one) => one.id === achievement && one.tier === tier).length);
}

/** How many of the times that are lost others had unlocked: those of the event go first. */
function lostOfOthers(request: UndoRequest, lost: Lost): number {
  return Math.max(0, lost.times - lost.left - ownTimes(request, lost));
}

/** A tier that the event unlocked and that stays, with what the event paid for it. */
interface Kept {
  readonly held: Held;
  /** How many of the event's own times stay. */
  readonly times: number;
  readonly rewards: readonly Entry[];
}

/** What the event itself unlocked, and nothing takes away. */
function keptOf(request: UndoRequest, gone: readonly Lost[]): readonly Kept[] {
  return request.held.flatMap((held) => {
    const lost = gone.find(({ number }) => number === held.number);
    const times = ownTimes(request, held) - (lost === undefined ? 0 : lost.times - lost.left);
    if (times <= 0) return [];
    const went = new Set((lost === undefined ? [] : lostRewards(request, lost)).map(({ transfer }) => transfer));
    const own = held.rewards.filter(({ position, transfer }) => position === request.event && !went.has(transfer));
    return [{ held, times, rewards: own }];
  });
}

/** Rewards of what is kept stay; those of what is revoked go, whatever paid them. */
function takenBackWith(request: UndoRequest, gone: readonly Lost[]): readonly Entry[] {
  const stay = new Set(keptOf(request, gone).flatMap(({ rewards }) => rewards.map(({ transfer }) => transfer)));
  const own = request.entries.filter(({ transfer }) => !stay.has(transfer));
  const known = new Set(own.map(({ transfer }) => transfer));
  const lost = gone.flatMap((one) => lostRewards(request, one));
  return [...own, ...lost.filter(({ transfer }) => !known.has(transfer))];
}

/**
 * What the times that are lost had paid: what the event paid itself, then what was paid within the same period, then the newest.
 * One time pays each currency at most once.
 */
function lostRewards(request: UndoRequest, { achievement, rewards, times, left }: Lost): readonly Entry[] {
  if (left === 0) return rewards;
  const { event, rows, rulebook } = request;
  const window = rulebook.achievements.byId.get(achievement)?.strategy.window ?? null;
  const periodOf = (position: number | null): string | null => {
    const row = window === null ? undefined : rows.find((one) => one.position === position);
    return row === undefined || window === null ? null : periodKey(window, row.day);
  };
  const period = periodOf(event);
  const nearness = ({ position }: Entry): number => {
    if (position === event) return 0;
    return period !== null && periodOf(position) === period ? 1 : 2;
  };
  const counts = new Map<string, number>();
  return rewards
    .toReversed()
    .toSorted((a, b) => nearness(a) - nearness(b))
    .filter(({ currency }) => {
      const count = (counts.get(currency) ?? 0) + 1;
      counts.set(currency, count);
      return count <= times - left;
    });
}

/** What stays of the event, and what others lose, at the places where it was counted. */
function pastOf(request: UndoRequest, gone: readonly Lost[], takenBack: readonly Entry[]): readonly PastMoves[] {
  const { rows, rulebookOf, event } = request;
  const past: PastMoves[] = [];
  const add = (position: number | null, stepsIn: (row: LoggedMoves, rulebook: Rulebook) => readonly Step[]): void => {
    const row = rows.find((one) => one.position === position);
    const rulebook = row === undefined ? undefined : rulebookOf(row.catalogVersion);
    const m = row === undefined || rulebook === undefined ? [] : stepsIn(row, rulebook);
    if (row !== undefined && m.length > 0) past.push([row.position, row.occurredAt, row.day, { m }]);
  };
  const kept = keptOf(request, gone);
  if (event !== null && kept.length > 0) {
    const times = kept.reduce((sum, one) => sum + one.times, 0);
    add(event, (row, rulebook) => [
      ...kept.flatMap(({ rewards }) => rewards.flatMap((entry) => stepsOf(entry, row, rulebook))),
      ...unlockSteps(times, row, rulebook),
    ]);
  }
  for (const lost of gone) {
    // All that the event itself counted is gone with it.
    const others = lostOfOthers(request, lost);
    if (others === 0 || lost.position === event) continue;
    add(lost.position, (row, rulebook) => unlockSteps(others, row, rulebook).map(([key, amount]): Step => [key, -amount]));
  }
  for (const entry of takenBack) {
    if (event !== null && entry.position === event) continue;
    add(entry.position, (row, rulebook) => stepsOf(entry, row, rulebook).map(([key, amount]): Step => [key, -amount]));
  }
  return past;
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

function balanceAfter(state: UserState, takenBack: readonly Entry[]): (currency: string) => number {
  return (code) => {
    const less = takenBack.reduce((sum, { currency, amount }) => (currency === code ? sum + amount : sum), 0);
    return (state.balances.get(code)?.available ?? 0) - less;
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
  const unlocks = gone.filter(({ left }) => left === 0).reduce((bits, { number }) => withoutUnlock(bits, number), state.unlocks);
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
    const left = timesLeft(achievement, tier, one.times, before, now);
    return left === one.times ? [] : [{ ...one, left }];
  });
}

function isOfPeriod(
  { position }: Held,
  { repeat }: Achievement,
  row: LoggedMoves,
  rows: readonly LoggedMoves[],
  window: Period,
): boolean {
  if (repeat === 'periods') return true;
  const unlocking = rows.find((one) => one.position === position);
  return unlocking !== undefined && periodKey(window, unlocking.day) === periodKey(window, row.day);
}

/** How often a tier stays unlocked when its progress falls. */
function timesLeft({ repeat }: Achievement, { at }: Tier, times: number, before: number, now: number): number {
  if (repeat !== 'multiples') return before >= at && now < at ? times - 1 : times;
  return Math.floor(before / at) >= times ? Math.max(0, Math.min(times, Math.floor(now / at))) : times;
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
function mirrored(rulebook: Rulebook, derived: Derived, standing: Standing): readonly (readonly [string, number])[] {
  return rulebook.mirrors.flatMap((metric) => {
    if (metric.when !== null) return [];
    const state = metricValue(rulebook, metric, standing);
    const shown = derived.metrics.get(metric.key)?.value;
    const begins = metric.source.kind === 'level' ? (rulebook.levels?.levelOf(0) ?? 1) : 0;
    return state === (shown ?? begins) ? [] : [[metric.key, state] as const];
  });
}
