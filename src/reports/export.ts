import { loadUnlocks } from '../achievements/index.ts';
import type { Rulebook } from '../engine/index.ts';
import { accountId } from '../kernel/ids.ts';
import type { Database, Tx } from '../kernel/ports.ts';
import { formatTime } from '../kernel/time.ts';
import { loadBoosts } from '../rules/index.ts';
import { boostStatus } from './boosts.ts';
import { streamEvents } from './event-store.ts';
import { exportedEvent } from './events.ts';
import { holdsOf } from './holds.ts';
import type { ExportedEvent, UserExport } from './export-model.ts';
import type { TransferEntry } from './parts-model.ts';
import { profileOf } from './profile.ts';
import {
  type ProfileRow,
  readCovers,
  readHidden,
  readKeys,
  readLeagues,
  readRevocations,
  readRuns,
  readScores,
  readStandings,
  readUsage,
} from './store.ts';
import { exportedStreaks } from './streaks.ts';
import { streamEntries } from './transfer-store.ts';
import { transferEntry } from './transfers.ts';

/** Rows read at once. */
const CHUNK = 1_000;

/** Everything known about a person, on one snapshot. */
export async function exportOf(
  database: Database,
  tx: Tx,
  row: ProfileRow,
  rulebook: Rulebook,
  now: number,
): Promise<UserExport> {
  const { account } = row;
  const transfers: TransferEntry[] = [];
  for await (const rows of streamEntries(database, tx, account, CHUNK)) transfers.push(...rows.map(transferEntry));
  const events: ExportedEvent[] = [];
  for await (const rows of streamEvents(database, tx, account, CHUNK)) events.push(...rows.map(exportedEvent));
  const [standings, leagues, revocations] = await Promise.all([
    readStandings(tx, account),
    readLeagues(tx, account),
    readRevocations(tx, account),
  ]);
  const [unlocks, runs, covers, scores, hidden, limits, keys, holds, boosts] = await Promise.all([
    loadUnlocks(tx, account),
    readRuns(tx, account),
    readCovers(tx, account),
    readScores(tx, account),
    readHidden(tx, account),
    readUsage(tx, account),
    readKeys(tx, account),
    holdsOf(tx, account, { limit: Number.MAX_SAFE_INTEGER - 1 }),
    loadBoosts(tx, account, formatTime(0)),
  ]);
  return {
    account: accountId(account),
    profile: profileOf(row, rulebook, now),
    transfers,
    events,
    achievements: unlocks.map(({ achievement, tier, unlocked_at: at, catalog_version: catalogVersion, granted, times }) => ({
      id: achievement,
      tier,
      unlockedAt: formatTime(at),
      catalogVersion,
      ...(granted ? { granted } : {}),
      ...(times === 1 ? {} : { times }),
    })),
    revoked: revocations.map(({ achievement, tier, revoked_at: at }) => ({ id: achievement, tier, revokedAt: formatTime(at) })),
    streaks: exportedStreaks(row.state, { older: runs, covers }, rulebook),
    scores: scores.map(({ board, period, score, reached_at: at, segment, record }) => ({
      board,
      period,
      score,
      reachedAt: formatTime(at),
      ...(segment === null ? {} : { segment }),
      ...(record === null ? {} : { record }),
    })),
    standings: standings.map(({ board, period, rank, score, reached_at: at, award, tier, next_tier: next }) => ({
      board,
      period,
      rank,
      score,
      reachedAt: formatTime(at),
      reward: award,
      ...(tier === null || next === null ? {} : { league: { tier, next } }),
    })),
    leagues: leagues.map(({ board, tier }) => ({ board, tier })),
    hidden: hidden.map(({ board, kind, at }) => ({ board: board === '' ? null : board, kind, at: formatTime(at) })),
    limits: limits.map(({ rule, span, bucket, used }) => ({ rule, span, bucket, used })),
    holds: holds.holds,
    boosts: boosts.map(boostStatus),
    keys: keys.map(({ id, name, created_at: at, revoked_at: end }) => ({
      id,
      name,
      createdAt: formatTime(at),
      revokedAt: end === null ? null : formatTime(end),
    })),
  };
}
