import type { Actor } from '../access/index.ts';
import { append, parseEvent } from '../events/index.ts';
import { keyedDigest, sha256 } from '../kernel/digest.ts';
import { EVENT_PREFIX, type Ids } from '../kernel/ids.ts';
import { canonical } from '../kernel/json.ts';
import { refused } from '../kernel/outcome.ts';
import { type Clock, type Database, DatabaseError, type Log, type Randomness, type Tx } from '../kernel/ports.ts';
import type { Refusal, RefusalCode } from '../kernel/refusals.ts';
import { formatTime } from '../kernel/time.ts';
import { refusedResult } from './answers.ts';
import { type BatchOutcome, runBatch } from './batch.ts';
import { createBackfills } from './history/backfills.ts';
import { createBoardKeeper } from './boards/board-keeper.ts';
import { type Catalogs, fact } from './catalogs.ts';
import { closingHandlers } from './boards/closing.ts';
import type { Engine, Insides } from './face.ts';
import type { EventJob, Job, Named, TransferJob } from './job.ts';
import { createBoosts, endBoost } from './points/boosts.ts';
import { createDeeds } from './deeds.ts';
import { createGrants } from './grants.ts';
import { expirePoints } from './points/expiry.ts';
import { createHolds, expireHold } from './points/holds.ts';
import { createLane } from './lane.ts';
import type { AcceptedResult, EventResult } from './model.ts';
import { parseTransfer } from './parse-transfer.ts';
import { createPeople } from './people.ts';
import { createPublisher } from './publish.ts';
import { createUndos } from './undo/undo.ts';
import { createVisibility } from './boards/visibility.ts';
import { streakDeadline } from './streaks/streak-deadline.ts';
import { DEADLINE } from './streaks/streak-moves.ts';
import { createStreaks } from './streaks/streaks.ts';
import { createTiming, type TimerHandler } from './timing.ts';
import { pastRaces } from './races.ts';

/** What the outside may want to count. */
export interface EngineObserver {
  /** A batch committed: jobs in it, and seconds from its first statement to its commit. */
  batch(jobs: number, seconds: number): void;
  refusal(code: RefusalCode): void;
  /** A condition of the catalog had no value when it was asked. */
  conditionFailed(noun: string, id: string): void;
  /** What was due was looked at: seconds that the oldest of it is late. */
  timersLate(seconds: number): void;
  timerFailed(kind: string): void;
  /** Seconds from acceptance to answer. */
  answered(seconds: number): void;
}

export interface EngineOptions {
  readonly database: Database;
  readonly catalogs: Catalogs;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly ids: Ids;
  readonly log: Log;
  /** 64 hex digits: key of the digests under which outside ids are recognised. */
  readonly digestKey: string;
  readonly lanes: number;
  readonly maxBatch: number;
  /** Most jobs waiting or under way; beyond it, new ones are refused `busy`. */
  readonly capacity: number;
  readonly observer: EngineObserver;
  /** Called after each commit, before its answers are given. */
  readonly onCommit: (outcome: Pick<BatchOutcome, 'from' | 'to' | 'scores' | 'gone' | 'logged'>) => void;
  readonly onPosition: () => number;
  /** Called in the transaction that erases a person, for what higher folders keep of them. */
  readonly onErase?: (tx: Tx, account: number) => Promise<void>;
}

export const MAX_EVENTS = 1_000;

export function createEngine(options: EngineOptions): Engine & Insides {
  const { database, catalogs, clock, digestKey, ids, log, observer, randomness } = options;
  let queued = 0;
  let draining = false;
  let drained: (() => void)[] = [];

  const userDigest = (id: string): string => keyedDigest(digestKey, ['user', id]);
  const races = {
    refreshCatalog: () => catalogs.refresh(),
    pause: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, randomness.integer(ms) + 1)),
  };
  const onErase = options.onErase ?? (async () => undefined);
  const deeds = createDeeds({
    database,
    catalogs,
    clock,
    ids,
    randomness,
    digestKey,
    digestOf: userDigest,
    pastRaces: (work) => pastRaces(work, races),
    committed: mirror,
  });
  const holds = createHolds({ deeds, database });
  const boosts = createBoosts({ deeds, database });
  const handlers: Readonly<Record<string, TimerHandler>> = {
    'hold.expire': expireHold,
    'points.expire': expirePoints,
    'boost.end': endBoost,
    ...closingHandlers(database),
    [DEADLINE]: streakDeadline,
  };
  const streaks = createStreaks(deeds);
  const timing = createTiming({ database, deeds, clock, log, handlers, observer });
  const grants = createGrants(deeds);
  const keeper = createBoardKeeper({ database, catalogs, clock });
  const backfills = createBackfills({ database, catalogs, deeds, clock, log });
  const people = createPeople({ database, catalogs, clock, ids, digestOf: userDigest, races, onErase });

  async function commit(jobs: readonly Job[]): Promise<BatchOutcome> {
    const started = clock.now();
    const outcome = await pastRaces(() => {
      const rulebook = catalogs.current();
      return database.transaction((tx) => runBatch(tx, jobs, rulebook, ids));
    }, races);
    observer.batch(jobs.length, (clock.now() - started) / 1_000);
    return outcome;
  }

  const lanes = Array.from({ length: options.lanes }, () =>
    createLane({
      maxBatch: options.maxBatch,
      commit,
      committed: mirror,
      guilty: announceFailure,
      left(count) {
        queued -= count;
        if (queued > 0) return;
        for (const resolve of drained) resolve();
        drained = [];
      },
    }),
  );

  function mirror(outcome: Pick<BatchOutcome, 'from' | 'to' | 'scores' | 'gone' | 'logged'>): void {
    try {
      options.onCommit(outcome);
    } catch (error) {
      // The points are safe: what only mirrors them must not make the batch look failed.
      log.error({ err: error }, 'a committed batch could not be mirrored');
    }
  }

  function announceFailure(job: Job, error: unknown): void {
    const code = error instanceof DatabaseError ? error.code : null;
    log.error({ err: error, kind: job.kind, identity: job.digest }, 'a request made its batch fail');
    const now = formatTime(clock.now());
    // What it was about may be named by nobody: the identity alone leads to it.
    const row = fact('system.error', { identity: job.digest, kind: job.kind, code }, now);
    const announce = (): Promise<number> =>
      database.transaction((tx) =>
        append(tx, { rows: [row], claims: [], fence: catalogs.current().version, generation: null, recordedAt: now }),
      );
    pastRaces(announce, races).catch((failure: unknown) => log.error({ err: failure }, 'system.error could not be announced'));
  }

  function push(job: Job): void {
    queued += 1;
    // The first 28 bits of the digest spread users over the lanes.
    lanes[Number.parseInt(job.user.digest.slice(0, 7), 16) % lanes.length]?.push(job);
  }

  function admission(count: number): Refusal | undefined {
    if (draining) return { code: 'unavailable', message: 'Diana is shutting down; send the same id again' };
    if (queued + count > options.capacity)
      return { code: 'busy', message: `${queued} requests are waiting; try again in a second` };
    return undefined;
  }

  function name(id: string): Named {
    return { id, digest: userDigest(id) };
  }

  function eventJob(event: EventJob['event'], actor: Actor, receivedAt: number, answer: EventJob['answer']): EventJob {
    return {
      kind: 'event',
      digest: keyedDigest(digestKey, ['event', event.source, event.id]),
      body: keyedDigest(digestKey, ['body', event.body]),
      user: name(event.user),
      actor,
      receivedAt,
      event,
      answer,
    };
  }

  async function submit(raws: readonly unknown[], actor: Actor): Promise<readonly EventResult[]> {
    const receivedAt = clock.now();
    const results: EventResult[] = Array.from({ length: raws.length });
    const admitted = admission(raws.length);
    await new Promise<void>((resolve) => {
      let open = raws.length;
      const settle = (index: number, result: EventResult): void => {
        results[index] = result;
        if (result.status === 'refused') observer.refusal(result.code);
        else if (result.status === 'accepted') tellFailures(result, observer);
        open -= 1;
        if (open === 0) resolve();
      };
      if (open === 0) resolve();
      for (const [index, raw] of raws.entries()) {
        const parsed = parseEvent(raw, receivedAt, () => EVENT_PREFIX + ids.uuid().replaceAll('-', ''));
        const refusal = parsed.ok ? admitted : parsed.refusal;
        if (refusal !== undefined) settle(index, refusedResult(idOf(raw), refusal));
        else if (parsed.ok) push(eventJob(parsed.value, actor, receivedAt, (result) => settle(index, result)));
      }
    });
    observer.answered((clock.now() - receivedAt) / 1_000);
    return results;
  }

  async function takeTransfer(raw: unknown, actor: Actor): Promise<Parameters<TransferJob['answer']>[0]> {
    const parsed = parseTransfer(raw);
    if (!parsed.ok) return parsed;
    const command = parsed.value;
    if (actor.role === 'client' || ((command.kind === 'adjust' || command.kind === 'force') && actor.role !== 'admin')) {
      return refused({ code: 'forbidden', path: '/kind', message: `a ${actor.role} key may not ${command.kind}` });
    }
    const refusal = admission(1);
    if (refusal !== undefined) return refused(refusal);
    const { id: _id, ...body } = command;
    return new Promise((answer) => {
      push({
        kind: 'transfer',
        digest: keyedDigest(digestKey, ['transfer', command.id]),
        body: keyedDigest(digestKey, ['body', canonical(body)]),
        user: name(command.user),
        to: command.to === undefined ? null : name(command.to),
        actor,
        receivedAt: clock.now(),
        command,
        nonce: sha256(Buffer.from(randomness.bytes(32)).toString('hex')),
        answer,
      });
    });
  }

  const publisher = createPublisher({
    clock,
    ids,
    rulebook: catalogs.current,
    userDigest,
    job: eventJob,
  });

  return {
    submit,
    publisher,
    pastRaces: (work) => pastRaces(work, races),
    async transfer(raw, actor) {
      const outcome = await takeTransfer(raw, actor);
      if (!outcome.ok) observer.refusal(outcome.refusal.code);
      return outcome;
    },
    planCatalog: catalogs.plan,
    applyCatalog: (source, actor) => pastRaces(() => catalogs.apply(source, actor), races),
    backfills,
    putUser: (user, change, actor) => people.put(user, change, actor),
    eraseUser: (user, reason, actor) => people.erase(user, reason, actor),
    grants,
    undos: createUndos({ database, deeds, catalogs, digestKey }),
    createHold: holds.create,
    captureHold: holds.capture,
    releaseHold: holds.release,
    grantBoost: boosts.grant,
    cancelBoost: boosts.cancel,
    setVisibility: createVisibility({ database, catalogs, clock, digestOf: userDigest, races }),
    pauseStreak: streaks.pause,
    cancelPause: streaks.cancelPause,
    restoreStreak: streaks.restore,
    runDueTimers: timing.runDue,
    tendBoards: keeper.tend,
    status: () => ({
      queued,
      capacity: options.capacity,
      draining,
      catalogVersion: catalogs.current().version,
      position: options.onPosition(),
    }),
    async drain() {
      draining = true;
      await backfills.stop();
      if (queued > 0) await new Promise<void>((resolve) => drained.push(resolve));
    },
  };
}

function tellFailures({ skipped, awards }: AcceptedResult, observer: EngineObserver): void {
  for (const { code, rule, metric, streak } of skipped) {
    if (code !== 'condition_failed') continue;
    if (rule !== undefined) observer.conditionFailed('rule', rule);
    else if (metric !== undefined) observer.conditionFailed('metric', metric);
    else if (streak !== undefined) observer.conditionFailed('streak', streak);
  }
  for (const { failed } of awards) for (const id of failed ?? []) observer.conditionFailed('multiplier', id);
}

function idOf(raw: unknown): string | null {
  const id = typeof raw === 'object' && raw !== null ? (raw as { id?: unknown }).id : undefined;
  return typeof id === 'string' ? id : null;
}
