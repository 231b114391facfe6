import { appendAudit } from '../../access/index.ts';
import { loadFirstKeys, loadVersion } from '../../catalog/index.ts';
import { accepted, type Outcome, refused } from '../../kernel/outcome.ts';
import type { Clock, Database, Log } from '../../kernel/ports.ts';
import { formatTime } from '../../kernel/time.ts';
import {
  accountsAfter,
  type BackfillRow,
  countFailed,
  finishBackfill,
  insertBackfill,
  moveCursor,
  newestBackfill,
  openBackfill,
} from './backfill-store.ts';
import { type Backfills, type BackfillStatus, statusOf } from './backfill-model.ts';
import { backfillUser } from './backfill-user.ts';
import { type Beginning, beginningOf, type Begun, begunWith } from './begun.ts';
import type { Catalogs } from '../catalogs.ts';
import type { Deeds, Done } from '../deeds.ts';
import { firstRecorded } from './history-store.ts';
import type { Rulebook } from '../rulebook.ts';
import { SYSTEM } from '../timing.ts';

/** Of one transaction: each user has a range of numbers for transfers, and there are four ranges in an identity. */
const USERS = 4;
/** Accounts that are looked up at a time. */
const PAGE = 400;

const BUSY = refused({ code: 'busy', message: 'a backfill is under way already; see how far it is, and wait' });

export function createBackfills(options: {
  readonly database: Database;
  readonly catalogs: Catalogs;
  readonly deeds: Deeds;
  readonly clock: Clock;
  readonly log: Log;
}): Backfills & { stop(): Promise<void> } {
  const { database, catalogs, deeds, clock, log } = options;
  const read = { query: database.read.bind(database) };
  let running: Promise<unknown> | null = null;
  const stopping = new AbortController();

  async function status(): Promise<BackfillStatus | null> {
    const row = await newestBackfill(read);
    return row === undefined ? null : statusOf(row);
  }

  async function begunIn(version: number): Promise<Begun> {
    const [row, before, keys] = await Promise.all([
      loadVersion(read, version),
      loadVersion(read, version - 1),
      loadFirstKeys(read, version),
    ]);
    if (row === undefined) throw new Error(`there is no version ${version} of the catalog`);
    return begunWith(row, before, keys);
  }

  /** A few users in one transaction, with the cursor that passes them. */
  function pass({ row, begun, recordedFrom }: Work, from: number, accounts: readonly number[]): Promise<Outcome<Done<Passed>>> {
    return deeds.run<Passed>({
      kind: 'catalog.backfill',
      id: null,
      body: {},
      users: accounts.map((account) => ({ account })),
      actor: SYSTEM,
      async decide(scene) {
        const to = accounts.at(-1) ?? from;
        const isOurs = await moveCursor(scene.tx, { version: row.version, from, to, users: accounts.length });
        if (!isOurs) return accepted({ passed: false });
        const beginning = begun.of(scene.rulebook);
        let failed = 0;
        for (const member of scene.members) {
          const isDone = await backfillUser(scene, member, { row, beginning, rulebooks: catalogs.rulebooks, recordedFrom });
          if (!isDone) failed += 1;
        }
        if (failed > 0) await countFailed(scene.tx, row.version, failed);
        return accepted({ passed: true });
      },
    });
  }

  /** Undefined once it is done; else why it is not. */
  async function work(row: BackfillRow, onProgress: (status: BackfillStatus) => void): Promise<Outcome<null>> {
    const begun = rememberedFor(await begunIn(row.version));
    const recordedFrom = await firstRecorded(read);
    let { cursor, done } = row;
    while (!stopping.signal.aborted) {
      const page = await accountsAfter(read, { after: cursor, upTo: row.up_to, limit: PAGE });
      if (page.length === 0) {
        await database.transaction((tx) => finishBackfill(tx, row.version, formatTime(clock.now())));
        return accepted(null);
      }
      for (let at = 0; at < page.length && !stopping.signal.aborted; at += USERS) {
        const accounts = page.slice(at, at + USERS);
        const outcome = await pass({ row, begun, recordedFrom }, cursor, accounts);
        if (!outcome.ok) return outcome;
        // One of them was erased meanwhile: who comes next is looked up again.
        if (!outcome.value.first) break;
        if (!outcome.value.result.passed) return BUSY;
        cursor = accounts.at(-1) ?? cursor;
        done += accounts.length;
        onProgress(statusOf({ ...row, done }));
      }
    }
    return refused({ code: 'unavailable', message: 'Diana is shutting down; the backfill can be resumed' });
  }

  async function run(onProgress: (status: BackfillStatus) => void = () => undefined): Promise<Outcome<BackfillStatus | null>> {
    if (running !== null) return BUSY;
    const working = (async (): Promise<Outcome<null>> => {
      await catalogs.refresh();
      for (let row = await openBackfill(read); row !== undefined; row = await openBackfill(read)) {
        const outcome = await work(row, onProgress);
        if (!outcome.ok) return outcome;
      }
      return accepted(null);
    })();
    running = working;
    try {
      const outcome = await working;
      return outcome.ok ? accepted(await status()) : outcome;
    } finally {
      running = null;
    }
  }

  return {
    async start({ silent }, actor) {
      await catalogs.refresh();
      const { version } = catalogs.current();
      if (version === 0) return refused({ code: 'malformed', message: 'no catalog was applied yet', path: '' });
      await database.transaction(async (tx) => {
        const startedAt = formatTime(clock.now());
        if (!(await insertBackfill(tx, { version, silent, startedAt }))) return;
        const after = { version, silent };
        await appendAudit(tx, actor, {
          action: 'catalog.backfill',
          target: `catalog/${version}`,
          before: null,
          after,
          reason: null,
        });
      });
      const now = await status();
      if (now === null) throw new Error('a backfill that was begun is not there');
      return accepted(now);
    },
    run,
    runInBackground() {
      run().then(
        (outcome) => {
          if (!outcome.ok && outcome.refusal.code !== 'busy') log.warn({ code: outcome.refusal.code }, outcome.refusal.message);
        },
        (error: unknown) => log.error({ err: error }, 'the backfill stopped; it can be resumed'),
      );
    },
    status,
    async stop() {
      stopping.abort();
      await running?.then(
        () => undefined,
        () => undefined,
      );
    },
  };
}

type Passed = { readonly passed: boolean };

interface Work {
  readonly row: BackfillRow;
  readonly begun: { of(rulebook: Rulebook): Beginning };
  readonly recordedFrom: number | null;
}

/** The catalog may change on the way: what it no longer has is left. */
function rememberedFor(begun: Begun): Work['begun'] {
  let known: Beginning | undefined;
  return {
    of(rulebook) {
      if (known?.rulebook !== rulebook) known = beginningOf(begun, rulebook);
      return known;
    },
  };
}
