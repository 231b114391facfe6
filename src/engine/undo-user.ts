import { deleteOccurrences, lowerTimes, newestOccurrences, withdrawUnlocks, withoutUnlock } from '../achievements/index.ts';
import type { Score } from '../boards/index.ts';
import { accountId, transferId, transferUuid } from '../kernel/ids.ts';
import { accepted, type Outcome, refused } from '../kernel/outcome.ts';
import { Overlay } from '../kernel/overlay.ts';
import { periodKey } from '../kernel/period.ts';
import type { Tx } from '../kernel/ports.ts';
import { localTime } from '../kernel/time.ts';
import { deleteSeen, insertSeen, seenId } from '../metrics/index.ts';
import { deleteRuns, replaceEarly, saveRuns } from '../streaks/index.ts';
import type { EventPayload } from './answers.ts';
import type { Catalogs } from './catalogs.ts';
import { decideUndo, type Undoing, type UndoPolicy } from './decide-undo.ts';
import type { Scene } from './deeds.ts';
import type { DecidedFact } from './facts.ts';
import { firstRecorded, loadMoves, seenBefore } from './history-store.ts';
import type { Folded, Member } from './member.ts';
import { recordFacts } from './record.ts';
import { scoresNow } from './refold.ts';
import { usageWithout } from './returned-usage.ts';
import type { Rulebook } from './rulebook.ts';
import { loadStored, type StoredState } from './stored-state.ts';
import { takeBack } from './take-back.ts';
import type { TakenBack, UndoReport } from './undo-model.ts';
import { undoReport } from './undo-report.ts';
import { type FoundEntry, loadEntries, loadHeld, loadMoment } from './undo-store.ts';

export interface UndoCommand {
  readonly reason: string;
  /** Tells what would happen, and changes nothing. */
  readonly dryRun: boolean;
  readonly keep: readonly ('achievements' | 'levels')[];
}

/** What is to be taken back of one user: an event, by its position, or a transfer, by its UUID. */
export type Target =
  | { readonly kind: 'event'; readonly position: number; readonly payload: EventPayload }
  | { readonly kind: 'transfer'; readonly transfer: string };

/** Takes an event or a transfer back, with all that it led to for its user, who is the one member of the scene. */
export async function undoOf(
  scene: Scene,
  target: Target,
  command: UndoCommand,
  catalogs: Catalogs,
): Promise<Outcome<UndoReport>> {
  const { tx, rulebook, now } = scene;
  const [member] = scene.members;
  if (member === undefined) return refused({ code: 'unknown_user', message: 'the user was erased' });
  const { account, zone } = member.state;
  const recorded = await firstRecorded(tx);
  if (recorded !== null && (await seenBefore(tx, [account], recorded)).size > 0) {
    const message = 'the user has events from before the log recorded what events count: take points back by an adjustment';
    return refused({ code: 'not_recorded', message });
  }
  const [rows, stored, entries, held] = await Promise.all([
    loadMoves(tx, account),
    loadStored(tx, [account]),
    loadEntries(tx, account, target.kind === 'event' ? transfersOf(target.payload) : [target.transfer]),
    loadHeld(tx, account),
  ]);
  const kept = stored.get(account);
  if (kept === undefined) return refused({ code: 'unknown_user', message: 'the user was erased' });
  if (target.kind === 'transfer' && entries.length === 0) {
    return refused({ code: 'already_undone', message: 'the transfer was taken back before, by itself or with its event' });
  }
  const local = localTime({ ms: now, offset: null }, zone, rulebook.catalog.timezone);
  const rulebookOf = await catalogs.rulebooks([rulebook.version, ...rows.map(({ catalogVersion }) => catalogVersion)]);
  const undoing = decideUndo({
    state: member.state,
    rows,
    covers: kept.covers,
    scores: kept.scores,
    rulebook,
    rulebookOf,
    event: target.kind === 'event' ? target.position : null,
    entries,
    unlocked: target.kind === 'event' ? target.payload.achievements : [],
    held,
    policy: policyOf(rulebook, command),
    now: { time: now, day: local.day },
  });
  const balances = new Overlay(member.state.balances);
  const cause = { ...scene.cause, occurredAt: now, reason: command.reason };
  const booking = takeBack(undoing.takenBack as readonly FoundEntry[], { account, balances }, rulebook, cause);
  if (!booking.ok) return booking;
  const { booked, takenBack, facts } = booking.value;
  const scores = scoresAfter(undoing, kept, rulebook);
  const report = undoReport({
    state: member.state,
    undoing,
    scores,
    former: kept.scores,
    takenBack,
    rulebook,
    dryRun: command.dryRun,
  });
  if (command.dryRun) return accepted(report);

  scene.record.booked.push(...booked);
  const writtenOff = takenBack.flatMap(({ transfer, reverses }) => (transfer === null ? [reverses] : []));
  const moves = Object.keys(undoing.moves).length === 0 ? null : JSON.stringify(undoing.moves);
  recordFacts(scene.record, { account, occurredAt: now }, { facts: factsOf(target, facts, undoing, writtenOff), moves, local });
  const usage = target.kind === 'event' ? await returned(tx, account, target, catalogs) : new Map<string, never>();
  await writeUndone(
    tx,
    account,
    undoing,
    kept,
    rows.find(({ position }) => target.kind === 'event' && position === target.position)?.day,
  );
  member.replace({
    ...undoing.derived,
    scores,
    former: kept.scores,
    balances: balances.changes,
    usage,
    ...unlocksAfter(member, undoing, await newestLeft(tx, account, undoing)),
    levelFloor: undoing.levelFloor,
  });
  auditUndo(scene, account, target, undoing, takenBack, command.reason);
  return accepted(report);
}

/** What the catalog says of undoing, unless the command keeps more. */
function policyOf({ catalog: { undo } }: Rulebook, { keep }: UndoCommand): UndoPolicy {
  return {
    achievements: keep.includes('achievements') ? 'keep' : undo.achievements,
    levels: keep.includes('levels') ? 'keep' : undo.levels,
  };
}

function transfersOf({ awards, adjustments = [] }: EventPayload): readonly string[] {
  return [...awards, ...adjustments].flatMap(({ transfer }) => (transfer === null ? [] : (transferUuid(transfer) ?? [])));
}

function factsOf(
  target: Target,
  reversed: readonly DecidedFact[],
  { revoked }: Undoing,
  writtenOff: readonly string[],
): readonly DecidedFact[] {
  // Nothing was left of these to take, and nothing will be taken later.
  const off = writtenOff.length === 0 ? {} : { writtenOff };
  const revocations = revoked.map(({ achievement, tier, left }): DecidedFact => {
    return {
      type: 'achievement.revoked',
      data: { achievement, tier, reason: 'undone', ...(left === 0 ? {} : { left }) },
      cause: null,
    };
  });
  const first: DecidedFact =
    target.kind === 'event'
      ? { type: 'event.undone', data: { position: target.position, ...off }, cause: null }
      : { type: 'transfer.reversed', data: { transfer: transferId(target.transfer), ...off }, cause: null };
  return [first, ...reversed, ...revocations];
}

/** Scores over all time of boards that are no longer in the catalog stay as they were left. */
function scoresAfter({ derived }: Undoing, { scores }: StoredState, rulebook: Rulebook): ReadonlyMap<string, Score> {
  const after = new Map(scoresNow(derived, rulebook));
  const inForce = new Set(rulebook.catalog.boards.map(({ key }) => `${key} all`));
  for (const [id, score] of scores) if (id.endsWith(' all') && !inForce.has(id)) after.set(id, score);
  return after;
}

async function returned(
  tx: Tx,
  account: number,
  { position, payload }: Extract<Target, { kind: 'event' }>,
  catalogs: Catalogs,
): Promise<Folded['usage']> {
  const moment = await loadMoment(tx, position);
  const rulebook = (await catalogs.rulebooks([payload.catalogVersion]))(payload.catalogVersion);
  return moment === undefined || rulebook === undefined ? new Map() : usageWithout(tx, account, payload, moment, rulebook);
}

/** The tables beside the hot row: what is no more, and what is new. `day`: of the event. */
async function writeUndone(
  tx: Tx,
  account: number,
  { derived, revoked }: Undoing,
  kept: StoredState,
  day: number | undefined,
): Promise<void> {
  const runs = [...derived.pasts].flatMap(([streak, { older }]) => older.map((run) => ({ account, streak, ...run })));
  const early = [...derived.pasts].flatMap(([streak, past]) =>
    [...past.early].map(([day, own]) => ({ account, streak, day, own })),
  );
  const isIn = (all: readonly { readonly streak: string; readonly first: number; readonly last: number }[]) => {
    const ids = new Set(all.map(({ streak, first, last }) => `${streak} ${first} ${last}`));
    return ({ streak, first, last }: (typeof runs)[number]): boolean => ids.has(`${streak} ${first} ${last}`);
  };
  const goneRuns = kept.runs.filter((run) => !isIn(runs)(run));
  const newRuns = runs.filter((run) => !isIn(kept.runs)(run));
  const seen = new Map([...derived.seen.values()].map((one) => [seenId(one.metric, one.span, one.member), { ...one, account }]));
  const goneSeen = [...kept.seen].filter((id) => !seen.has(id)).map((id) => ({ account, ...seenOf(id) }));
  const newSeen = [...seen].filter(([id]) => !kept.seen.has(id)).map(([, one]) => one);
  const gone = revoked.filter(({ left }) => left === 0).map((lost) => ({ ...lost, account }));
  const fewer = revoked.filter(({ left }) => left > 0).map((lost) => ({ ...lost, account, times: lost.left }));
  if (goneRuns.length > 0) await deleteRuns(tx, goneRuns);
  if (newRuns.length > 0) await saveRuns(tx, newRuns);
  await replaceEarly(tx, account, early);
  if (goneSeen.length > 0) await deleteSeen(tx, goneSeen);
  if (newSeen.length > 0) await insertSeen(tx, newSeen);
  if (gone.length > 0) await withdrawUnlocks(tx, gone);
  if (fewer.length > 0) await lowerTimes(tx, fewer);
  if (revoked.length > 0 && day !== undefined) {
    const periods = (['day', 'week', 'month'] as const).map((period) => periodKey(period, day));
    await deleteOccurrences(
      tx,
      revoked.flatMap(({ number }) => periods.map((period) => ({ account, number, period }))),
    );
  }
}

/** The other way round than `seenId`: spans may have a blank in them, keys and digests have none. */
function seenOf(id: string): { readonly metric: string; readonly span: string; readonly member: string } {
  const first = id.indexOf(' ');
  const last = id.lastIndexOf(' ');
  return { metric: id.slice(0, first), span: id.slice(first + 1, last), member: id.slice(last + 1) };
}

async function newestLeft(tx: Tx, account: number, { revoked }: Undoing): Promise<ReadonlyMap<number, string>> {
  const numbers = revoked.flatMap(({ number, left }) => (left > 0 ? [number] : []));
  return numbers.length === 0 ? new Map<number, string>() : newestOccurrences(tx, account, numbers);
}

/** `newest`: the newest period that is left of what repeats by periods. */
function unlocksAfter(
  { state }: Member,
  { revoked }: Undoing,
  newest: ReadonlyMap<number, string>,
): Pick<Folded, 'unlocks' | 'times'> {
  const times = new Map(state.times);
  let { unlocks } = state;
  for (const { number, left } of revoked) {
    const known = times.get(number);
    if (left === 0) {
      unlocks = withoutUnlock(unlocks, number);
      times.delete(number);
    } else if (known !== undefined) {
      times.set(number, { times: left, period: newest.get(number) ?? null });
    }
  }
  return { unlocks, times };
}

function auditUndo(
  scene: Scene,
  account: number,
  target: Target,
  { level }: Undoing,
  takenBack: readonly TakenBack[],
  reason: string,
): void {
  const what = target.kind === 'event' ? String(target.position) : transferId(target.transfer);
  scene.audit({
    action: target.kind === 'event' ? 'event.undo' : 'transfer.reverse',
    target: `${accountId(account)}/${what}`,
    before: { level: level.before },
    after: { level: level.after, takenBack: takenBack.map(({ reverses, currency, amount }) => ({ reverses, currency, amount })) },
    reason,
  });
}
