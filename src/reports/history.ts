import type { HistoryRow, Replayed, Rulebook } from '../engine/index.ts';
import { runWhatIf } from '../engine/index.ts';
import { readHead } from '../events/index.ts';
import type { Database, Tx } from '../kernel/ports.ts';
import { changesByRule, createComparison, NOT_RUN, tierChanges } from './history-changes.ts';
import { boardChanges } from './history-boards.ts';
import type { History } from './history-model.ts';
import {
  readCircumstances,
  readHistory,
  readPaid,
  readTakenBack,
  streamLive,
  streamPeople,
  type TakenBack,
} from './history-store.ts';
import { assumptionsOf, refusedCounts, warningsOf } from './history-words.ts';
import { countUnlocks } from './summary-store.ts';

/** Rows of users. */
const CHUNK = 5_000;
/** Positions that are read at once: a few megabytes, and the next ones come while these are decided. */
const SPAN = 4_000;

/** `done` positions of `total`. */
export type OnProgress = (done: number, total: number) => void;

/** A draft held against all that happened: one snapshot, from which everything is read. */
export async function readHistoryReport(
  database: Database,
  tx: Tx,
  rulebooks: { readonly current: Rulebook; readonly draft: Rulebook },
  onProgress: OnProgress,
): Promise<Omit<History, 'seconds'>> {
  const { current, draft } = rulebooks;
  const { position } = await readHead(tx);
  const people = new Map<number, Replayed>();
  for await (const rows of streamPeople(database, tx, CHUNK)) {
    for (const { account, user, zone, attributes } of rows) people.set(account, { user, zone, attributes });
  }
  const adjusting = current.catalog.rules.filter(({ adjusts }) => adjusts.length > 0);
  const draftAdjusts = draft.catalog.rules.some(({ adjusts }) => adjusts.length > 0);
  const back = await readTakenBack(tx);
  const circumstances = await readCircumstances(tx);
  const whatIf = await runWhatIf(standing(pagesOf(tx, position, draftAdjusts), back), {
    rulebook: draft,
    people,
    adjusts: (type) => adjusting.some(({ matches }) => matches(type)),
    onProgress: (done) => onProgress(done, position),
  });
  const notRun = [current, draft].flatMap(rewardsNotRun);
  const comparison = createComparison({ current, draft, people, whatIf });
  for await (const rows of streamLive(database, tx, notRun, CHUNK)) for (const row of rows) comparison.add(row);
  const { tally } = whatIf;
  const rules = changesByRule(await readPaid(tx, notRun), tally);
  const compared = comparison.end();
  return {
    events: { replayed: tally.events, erased: tally.erased, refused: refusedCounts(tally.refusedEvents) },
    transfers: { replayed: tally.transfers, refused: refusedCounts(tally.refusedTransfers), leftOut: tally.leftOut },
    users: people.size,
    position,
    ...compared,
    rules,
    achievements: tierChanges(draft, await countUnlocks(tx), whatIf),
    boards: await boardChanges(tx, rulebooks, people, whatIf),
    assumptions: assumptionsOf(draft, whatIf, { ...circumstances, undone: back.events.size + back.transfers.size }),
    warnings: warningsOf(draft, whatIf),
  };
}

/** Rules of rewards for what is granted by hand, or by ranks of periods that were closed. */
function rewardsNotRun({ achievements }: Rulebook): readonly string[] {
  return achievements.all
    .filter(({ strategy }) => NOT_RUN.has(strategy.kind))
    .flatMap(({ id, tiers }) => tiers.map((tier) => `achievement:${id}:${tier.id}`));
}

/** Without what was taken back, and what took it back. */
async function* standing(
  pages: AsyncIterable<readonly HistoryRow[]>,
  { events, transfers }: TakenBack,
): AsyncGenerator<readonly HistoryRow[]> {
  for await (const rows of pages) {
    yield rows.filter(({ position, source, data }) => {
      if (source !== null) return !events.has(position);
      const { kind, transfer } = data ?? {};
      return kind !== 'reverse' && !(typeof transfer === 'string' && transfers.has(transfer));
    });
  }
}

async function* pagesOf(tx: Tx, end: number, withAdjusted: boolean): AsyncGenerator<readonly HistoryRow[]> {
  const read = (after: number): Promise<readonly HistoryRow[]> => {
    const page = readHistory(tx, { after, upTo: Math.min(after + SPAN, end) }, withAdjusted);
    // Where the one before it fails, nobody asks for this one any more.
    page.catch(() => undefined);
    return page;
  };
  let next = read(0);
  for (let after = 0; after < end; after += SPAN) {
    const page = next;
    if (after + SPAN < end) next = read(after + SPAN);
    yield await page;
  }
}
