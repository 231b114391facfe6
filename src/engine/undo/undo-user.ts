import { deleteOccurrences, lowerTimes, withdrawUnlocks, withoutUnlock } from '../../achievements/index.ts';
import type { Score } from '../../boards/index.ts';
import { accountId, transferId, transferUuid } from '../../kernel/ids.ts';
import { accepted, type Outcome, refused } from '../../kernel/outcome.ts';
import { Overlay } from '../../kernel/overlay.ts';
import type { Tx } from '../../kernel/ports.ts';
import { formatTime, localTime } from '../../kernel/time.ts';
import { deleteSeen, insertSeen, seenId } from '../../metrics/index.ts';
import { deleteRuns, placeOf, replaceEarly, saveRuns } from '../../streaks/index.ts';
import type { EventPayload } from '../answers.ts';
import type { Catalogs } from '../catalogs.ts';
import { decideUndo, type Undoing, type UndoPolicy } from './decide-undo.ts';
import type { Scene } from '../deeds.ts';
import type { DecidedFact } from '../facts.ts';
import { firstRecorded, loadEffects, loadMoves, seenBefore } from '../history/history-store.ts';
import type { Folded, Member } from '../member.ts';
import type { Occurrence } from '../history/occurrences.ts';
import { recordFacts } from '../record.ts';
import { scoresNow } from '../history/refold.ts';
import { usageWithout } from './returned-usage.ts';
import type { Rulebook } from '../rulebook.ts';
import { loadStored, type StoredState } from '../stored-state.ts';
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

/** What is to be taken back of one user: an event, by its position and the names its sender gave it, or a transfer, by its UUID. */
export type Target =
  | {
      readonly kind: 'event';
      readonly source: string;
      readonly id: string;
      readonly position: number;
      readonly payload: EventPayload;
    }
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
  const [rows, stored, facts] = await Promise.all([loadMoves(tx, account), loadStored(tx, [account]), loadEffects(tx, account)]);
  const [entries, held] = await Promise.all([
    loadEntries(tx, account, target.kind === 'event' ? transfersOf(target.payload) : [target.transfer], facts),
    loadHeld(tx, account, facts),
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
    held,
    policy: policyOf(rulebook, command),
    now: { time: now, day: local.day, place: placeOf(zone, null, rulebook.catalog.timezone) },
  });
  const balances = new Overlay(member.state.balances);
  const cause = { ...scene.cause, occurredAt: now, reason: command.reason };
  const booking = takeBack(undoing.takenBack as readonly FoundEntry[], { account, balances }, rulebook, cause);
  if (!booking.ok) return booking;
  const { booked, takenBack, facts: reversals } = booking.value;
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
  const moves = Object.keys(undoing.moves).length === 0 ? null : JSON.stringify(undoing.moves);
  recordFacts(
    scene.record,
    { account, occurredAt: now },
    { facts: factsOf(target, takenBack, reversals, undoing), moves, local },
  );
  const usage = target.kind === 'event' ? await returned(tx, account, target, catalogs) : new Map<string, never>();
  await writeUndone(tx, account, undoing, kept);
  member.replace({
    ...undoing.derived,
    scores,
    former: kept.scores,
    balances: balances.changes,
    usage,
    ...unlocksAfter(member, undoing),
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

/** `spent`: transfers of which nothing was left to take back, so that no entry tells of it. */
function factsOf(
  target: Target,
  takenBack: readonly TakenBack[],
  reversed: readonly DecidedFact[],
  { revoked }: Undoing,
): readonly DecidedFact[] {
  const revocations = revoked.map(({ achievement, tier, left, period }): DecidedFact => {
    const told = { ...(left.length === 0 ? {} : { left: left.length }), ...(period === null ? {} : { period }) };
    return { type: 'achievement.revoked', data: { achievement, tier, reason: 'undone', ...told }, cause: null };
  });
  const spent = takenBack.flatMap(({ transfer, reverses }) => (transfer === null ? [reverses] : []));
  const more = spent.length === 0 ? {} : { spent };
  const first: DecidedFact =
    target.kind === 'event'
      ? {
          type: 'event.undone',
          data: { source: target.source, event: target.id, position: target.position, ...more },
          cause: null,
        }
      : { type: 'transfer.reversed', data: { transfer: transferId(target.transfer), ...more }, cause: null };
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

/** The tables beside the hot row: what is no more, and what is new. */
async function writeUndone(tx: Tx, account: number, { derived, revoked }: Undoing, kept: StoredState): Promise<void> {
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
  const gone = revoked.filter(({ left }) => left.length === 0).map((lost) => ({ ...lost, account }));
  const fewer = revoked
    .filter(({ left }) => left.length > 0)
    .map(({ left, ...lost }) => ({
      ...lost,
      account,
      times: left.length,
      lastAt: timeOf(left.at(-1)),
    }));
  const periods = revoked.flatMap(({ number, period }) => (period === null ? [] : [{ account, number, period }]));
  if (goneRuns.length > 0) await deleteRuns(tx, goneRuns);
  if (newRuns.length > 0) await saveRuns(tx, newRuns);
  await replaceEarly(tx, account, early);
  if (goneSeen.length > 0) await deleteSeen(tx, goneSeen);
  if (newSeen.length > 0) await insertSeen(tx, newSeen);
  if (gone.length > 0) await withdrawUnlocks(tx, gone);
  if (fewer.length > 0) await lowerTimes(tx, fewer);
  if (periods.length > 0) await deleteOccurrences(tx, periods);
}

/** Null where the log does not tell. */
function timeOf(occurrence: Occurrence | undefined): string | null {
  const at = occurrence?.at ?? null;
  return at === null ? null : formatTime(at);
}

/** The other way round than `seenId`: spans may have a blank in them, keys and digests have none. */
function seenOf(id: string): { readonly metric: string; readonly span: string; readonly member: string } {
  const first = id.indexOf(' ');
  const last = id.lastIndexOf(' ');
  return { metric: id.slice(0, first), span: id.slice(first + 1, last), member: id.slice(last + 1) };
}

function unlocksAfter({ state }: Member, { revoked }: Undoing): Pick<Folded, 'unlocks' | 'times'> {
  const times = new Map(state.times);
  let { unlocks } = state;
  for (const { number, left } of revoked) {
    const known = times.get(number);
    if (left.length === 0) {
      unlocks = withoutUnlock(unlocks, number);
      times.delete(number);
    } else if (known !== undefined) {
      const periods = left.flatMap(({ period }) => period ?? []).toSorted();
      times.set(number, { times: left.length, period: known.period === null ? null : (periods.at(-1) ?? null) });
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
