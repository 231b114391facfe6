import { plainArray } from '../../kernel/pg-array.ts';
import type { Database, Row, Tx } from '../../kernel/ports.ts';
import type { Moves } from '../moves.ts';
import type { LoggedMoves } from './refold.ts';
import type { EffectFact } from './occurrences.ts';
import type { UnlockFact } from './unlock-facts.ts';

/** What the log keeps of what users' events counted: read only, the log belongs to `events`. */

interface MovesRow extends Row {
  readonly account: number;
  readonly position: number;
  readonly occurred_at: number;
  readonly day: number;
  readonly catalog_version: number;
  readonly moves: Moves;
  readonly undoes: number | null;
}

const ROOTS = `
  select l.account, l.position, l.occurred_at, coalesce(l.local_day - date '1970-01-01', 0) as day, l.catalog_version,
    coalesce(l.moves, '{}') as moves,
    case when l.type = 'event.undone' then (l.data ->> 'position')::bigint end as undoes
  from events.log l
  where l.cause is null and (l.moves is not null or l.type = 'event.undone')`;

function movesOf({ occurred_at: occurredAt, catalog_version: catalogVersion, ...row }: MovesRow): LoggedMoves {
  return { ...row, occurredAt, catalogVersion };
}

/** Of one user, in order of position. */
export async function loadMoves(tx: Pick<Tx, 'query'>, account: number): Promise<readonly LoggedMoves[]> {
  const rows = await tx.query<MovesRow>(`${ROOTS} and l.account = $1 order by l.position`, [account]);
  return rows.map(movesOf);
}

/** Of everybody who is not erased, user by user. */
export async function* streamMoves(
  database: Database,
  tx: Tx,
  chunk: number,
): AsyncIterable<{ readonly account: number; readonly rows: readonly LoggedMoves[] }> {
  let account: number | undefined;
  let rows: LoggedMoves[] = [];
  const statement = `${ROOTS} and exists (select from engine.account a where a.account = l.account) order by l.account, l.position`;
  for await (const read of database.stream<MovesRow>(tx, statement, [], chunk)) {
    for (const row of read) {
      if (account !== undefined && row.account !== account) {
        yield { account, rows };
        rows = [];
      }
      ({ account } = row);
      rows.push(movesOf(row));
    }
  }
  if (account !== undefined) yield { account, rows };
}

/** The first position at which moves are recorded: what is before it cannot be folded again. Null where everything is. */
export async function firstRecorded(tx: Pick<Tx, 'query'>): Promise<number | null> {
  const [head] = await tx.query<{ moves_from: number | null }>('select moves_from from events.head');
  return head?.moves_from ?? null;
}

/** Those of some users who had events before a position. */
export async function seenBefore(
  tx: Pick<Tx, 'query'>,
  accounts: readonly number[],
  position: number,
): Promise<ReadonlySet<number>> {
  const rows = await tx.query<{ account: number }>(
    `select distinct account from events.log where account = any($1::bigint[]) and cause is null and position < $2`,
    [plainArray(accounts), position],
  );
  return new Set(rows.map(({ account }) => account));
}

/**
 * What was announced about unlocks of some users, by account, in order of position. `offset 0`: group by group, for the planner cannot
 * know how few rows lie between two positions.
 */
export async function loadUnlockFacts(
  tx: Pick<Tx, 'query'>,
  accounts: readonly number[],
): Promise<ReadonlyMap<number, readonly UnlockFact[]>> {
  const rows = await tx.query<UnlockFact & Row>(
    `select r.account, f.type, f.data
     from events.log r cross join lateral (
       select f.position, f.type, f.data from events.log f
       where f.position between r.position and r.position + r.facts and f.data is not null
         and f.type in ('achievement.unlocked', 'achievement.revoked', 'metrics.backfilled') offset 0
     ) f
     where r.account = any($1::bigint[]) and r.cause is null
     order by f.position`,
    [plainArray(accounts)],
  );
  const facts = new Map<number, UnlockFact[]>();
  for (const row of rows) facts.set(row.account, [...(facts.get(row.account) ?? []), row]);
  return facts;
}

/** What was announced about a user's unlocks and points, in order of position. */
export async function loadEffects(tx: Pick<Tx, 'query'>, account: number): Promise<readonly EffectFact[]> {
  return tx.query<EffectFact & Row>(
    `select f.position, f.type, f.data, f.cause, r.position as root, r.occurred_at as "occurredAt"
     from events.log r cross join lateral (
       select f.position, f.type, f.data, f.cause from events.log f
       where f.position between r.position and r.position + r.facts and f.data is not null
         and f.type in ('achievement.unlocked', 'achievement.revoked', 'metrics.backfilled', 'event.undone', 'transfer.reversed',
           'points.awarded', 'points.spent', 'points.captured', 'points.adjusted', 'points.expired') offset 0
     ) f
     where r.account = $1 and r.cause is null
     order by f.position`,
    [account],
  );
}
