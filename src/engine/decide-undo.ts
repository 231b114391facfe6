import type { Achievement } from '../achievements/index.ts';
import { lengthOf } from '../streaks/index.ts';
import type { Moves, PastMoves, Step } from './moves.ts';
import { type Derived, type LoggedMoves, refold, type RulebookOf } from './refold.ts';
import type { Rulebook } from './rulebook.ts';
import { levelNow, metricValue, type Standing } from './standing.ts';
import type { TopLevel, UserState } from './state.ts';

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
  /** Position of the row in the log that it belongs to. */
  readonly position: number;
}

/** A tier that the user has. */
export interface Held {
  readonly achievement: string;
  readonly tier: string;
  readonly number: number;
  /** Position of the event or command that unlocked it; null where the log does not know it any more. */
  readonly position: number | null;
  /** What it paid and was not taken back since. */
  readonly rewards: readonly Entry[];
}

export interface UndoRequest {
  readonly state: UserState;
  /** Everything that the log keeps of the user's moves. */
  readonly rows: readonly LoggedMoves[];
  readonly rulebook: Rulebook;
  readonly rulebookOf: RulebookOf;
  /** Position of the event to undo; null where single entries are taken back. */
  readonly event: number | null;
  /** Of the event; or those to take back. Entries that were taken back before are left out. */
  readonly entries: readonly Entry[];
  readonly held: readonly Held[];
  readonly policy: UndoPolicy;
  readonly now: { readonly time: number; readonly day: number };
}

export interface Undoing {
  /** To be recorded with the fact of the undoing. */
  readonly moves: Moves;
  /** As everything is then. */
  readonly derived: Derived;
  readonly revoked: readonly Held[];
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
 * have led to others; nothing else is decided again. Throws UnknownVersion.
 */
export function decideUndo(request: UndoRequest): Undoing {
  const { state, rulebook, event, entries, held, policy } = request;
  const live = standingOf(rulebook, state, (currency) => state.balances.get(currency)?.available ?? 0, state.levelFloor);
  const levelBefore = levelNow(rulebook, live);
  const levelFloor =
    policy.levels === 'keep' && rulebook.levelMetric !== null ? ([rulebook.levelMetric.key, levelBefore] as const) : state.levelFloor;
  const revoked: Held[] = [];
  for (;;) {
    const taken = takenBackBy(request, revoked);
    const past = pastOf(request, revoked, taken);
    const derived = refold(state.account, [...request.rows, undoingRow(request, { past })], request.rulebookOf);
    const after = standingOf(rulebook, derived, balanceAfter(state, taken), levelFloor);
    const lost =
      policy.achievements === 'keep'
        ? []
        : held.filter((one) => !revoked.includes(one) && isLost(one, rulebook, live, after));
    if (lost.length > 0) {
      revoked.push(...lost);
      continue;
    }
    const shown = mirrored(rulebook, derived, after);
    const moves: Moves = { ...(past.length === 0 ? {} : { past }), ...(shown.length === 0 ? {} : { v: shown }) };
    return {
      moves,
      derived:
        shown.length === 0 ? derived : refold(state.account, [...request.rows, undoingRow(request, moves)], request.rulebookOf),
      revoked,
      kept: held.filter((one) => event !== null && one.position === event && !revoked.includes(one)),
      takenBack: taken,
      level: { before: levelBefore, after: levelNow(rulebook, after) },
      levelFloor,
    };
  }

  function undoingRow({ now }: UndoRequest, moves: Moves): LoggedMoves {
    return { position: LAST, occurredAt: now.time, day: now.day, catalogVersion: rulebook.version, moves, undoes: event };
  }

  /** Rewards of what is kept stay; those of what is revoked go, whatever paid them. */
  function takenBackBy({ held: all }: UndoRequest, gone: readonly Held[]): readonly Entry[] {
    const stay = new Set(
      all.filter((one) => one.position === event && !gone.includes(one)).flatMap(({ rewards }) => rewards.map((r) => r.transfer)),
    );
    const own = entries.filter(({ transfer }) => !stay.has(transfer));
    const known = new Set(own.map(({ transfer }) => transfer));
    return [...own, ...gone.flatMap(({ rewards }) => rewards).filter(({ transfer }) => !known.has(transfer))];
  }

  /** What stays of the event, and what others lose, at the places where it was counted. */
  function pastOf({ rows, rulebookOf, held: all }: UndoRequest, gone: readonly Held[], taken: readonly Entry[]): readonly PastMoves[] {
    const past: PastMoves[] = [];
    const add = (position: number, steps: (row: LoggedMoves) => readonly Step[]): void => {
      const row = rows.find((one) => one.position === position);
      const m = row === undefined ? [] : steps(row);
      if (row !== undefined && m.length > 0) past.push([position, row.occurredAt, row.day, { m }]);
    };
    if (event !== null) {
      const kept = all.filter((one) => one.position === event && !gone.includes(one));
      add(event, (row) => [
        ...kept.flatMap(({ rewards }) => rewards.flatMap((entry) => stepsOf(entry, row, rulebookOf(row.catalogVersion)))),
        ...unlockSteps(kept.length, row, rulebookOf(row.catalogVersion)),
      ]);
    }
    for (const entry of taken) {
      // All that the event itself counted is gone with it.
      if (entry.position === event) continue;
      add(entry.position, (row) =>
        stepsOf(entry, row, rulebookOf(row.catalogVersion)).map(([key, amount]): Step => [key, -amount]),
      );
    }
    return past;
  }
}

/** How an entry moved the metrics of what is earned or spent, as its row recorded it. */
function stepsOf({ kind, currency, amount }: Entry, { moves: { m = [] } }: LoggedMoves, rulebook: Rulebook | undefined): readonly Step[] {
  const counts = kind === 'award' || kind === 'force' ? 'earned' : kind === 'spend' || kind === 'capture' ? 'spent' : null;
  if (counts === null || rulebook === undefined) return [];
  return (rulebook.metricsOfCurrency.get(currency) ?? [])
    .filter(({ source }) => source.kind === counts)
    .flatMap(({ key }) => {
      const step = m.find(([moved, by]) => moved === key && by === Math.abs(amount));
      return step === undefined ? [] : [step];
    });
}

/** What metrics of unlocks counted for the tiers that stay: one step for each. */
function unlockSteps(count: number, { moves: { m = [] } }: LoggedMoves, rulebook: Rulebook | undefined): readonly Step[] {
  if (count === 0 || rulebook === undefined) return [];
  return rulebook
    .listeners('achievement.unlocked')
    .metrics.flatMap(({ key }) => m.filter(([moved]) => moved === key).slice(0, count));
}

function balanceAfter(state: UserState, taken: readonly Entry[]): (currency: string) => number {
  return (code) => {
    const less = taken.reduce((sum, { currency, amount }) => (currency === code ? sum + amount : sum), 0);
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
      const state = streaks.get(streaksById.get(id)?.key ?? '');
      return state === undefined ? 0 : lengthOf(state);
    },
    levelFloor,
  };
}

/** Whether a tier was reached with what is undone, and is not without it. */
function isLost(held: Held, rulebook: Rulebook, live: Standing, after: Standing): boolean {
  const achievement = rulebook.achievements.byId.get(held.achievement);
  const tier = achievement?.tiers.find(({ id }) => id === held.tier);
  if (achievement === undefined || tier === undefined) return false;
  return progressOf(achievement, rulebook, live) >= tier.at && progressOf(achievement, rulebook, after) < tier.at;
}

function progressOf({ strategy }: Achievement, rulebook: Rulebook, standing: Standing): number {
  return strategy.progress({
    metric(name) {
      const metric = rulebook.metricsByName.get(name);
      return metric === undefined ? 0 : metricValue(rulebook, metric, standing);
    },
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

