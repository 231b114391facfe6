import type { ScoreRecord } from '../boards/index.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Row, Tx } from '../kernel/ports.ts';
import type { Cover, CoverKind } from '../streaks/index.ts';

type Reader = Pick<Tx, 'query'>;

export interface ProfileRow extends Row {
  readonly account: number;
  readonly id: string;
  readonly zone: string | null;
  readonly locale: string | null;
  readonly name: string | null;
  readonly attributes: JsonObject;
  readonly created_at: number;
  /** The hot row. */
  readonly state: unknown;
  /** By currency; null where there is none. */
  readonly balances: Readonly<Record<string, number>> | null;
  readonly held: Readonly<Record<string, number>> | null;
  /** Of all streaks, in order of time; null where nothing is covered. */
  readonly covers: readonly (Cover & { readonly streak: string })[] | null;
  /** Credits that expire: currency, day since 1970-01-01, amount; by day. Null where there are none. */
  readonly lots: readonly (readonly [currency: string, on: number, amount: number])[] | null;
}

/** A person with everything that a profile shows. */
export async function readProfile(tx: Reader, digest: string): Promise<ProfileRow | undefined> {
  const [row] = await tx.query<ProfileRow>(
    `select p.account, p.id, p.zone, p.locale, p.name, p.attributes, p.created_at, a.state, b.balances, b.held, c.covers, l.lots
     from users.person p
     join engine.account a on a.account = p.account
     cross join lateral (
       select json_object_agg(currency, available) as balances, json_object_agg(currency, held) filter (where held > 0) as held
       from ledger.account where account = p.account
     ) b
     cross join lateral (
       select json_agg(json_build_object('streak', streak, 'kind', kind, 'first', first, 'last', last) order by first) as covers
       from streaks.cover where account = p.account
     ) c
     cross join lateral (
       select json_agg(json_build_array(currency, expires_on - date '1970-01-01', amount) order by expires_on) as lots
       from ledger.lot where account = p.account
     ) l
     where p.digest = $1`,
    [digest],
  );
  return row;
}

export interface ScoreRow extends Row {
  readonly board: string;
  readonly period: string;
  readonly score: number;
  readonly reached_at: number;
  readonly segment: string | null;
  readonly record: ScoreRecord | null;
}

export async function readScores(tx: Reader, account: number): Promise<readonly ScoreRow[]> {
  return tx.query<ScoreRow>(
    'select board, period, score, reached_at, segment, record from boards.score where account = $1 order by board, period',
    [account],
  );
}

export interface HiddenRow extends Row {
  /** Key of a board; empty for all. */
  readonly board: string;
  readonly kind: string;
  readonly at: number;
}

export async function readHidden(tx: Reader, account: number): Promise<readonly HiddenRow[]> {
  return tx.query<HiddenRow>('select board, kind, at from boards.hidden where account = $1 order by board, kind', [account]);
}

export interface StandingRow extends Row {
  readonly board: string;
  readonly period: string;
  readonly rank: number;
  readonly score: number;
  readonly reached_at: number;
  readonly award: Readonly<Record<string, number>> | null;
  readonly tier: string | null;
  readonly next_tier: string | null;
}

/** Final places in periods that were closed. */
export async function readStandings(tx: Reader, account: number): Promise<readonly StandingRow[]> {
  return tx.query<StandingRow>(
    `select board, period, rank, score, reached_at, award, tier, next_tier from boards.standing
     where account = $1 order by reached_at, board, period`,
    [account],
  );
}

export interface LeagueRow extends Row {
  readonly board: string;
  readonly tier: string;
}

/** The tier of each league that the account was moved to. */
export async function readLeagues(tx: Reader, account: number): Promise<readonly LeagueRow[]> {
  return tx.query<LeagueRow>('select board, tier from boards.league_place where account = $1 order by board', [account]);
}

export interface RevocationRow extends Row {
  readonly achievement: string;
  readonly tier: string;
  readonly revoked_at: number;
}

/** Tiers that an admin took away. */
export async function readRevocations(tx: Reader, account: number): Promise<readonly RevocationRow[]> {
  return tx.query<RevocationRow>(
    'select achievement, tier, revoked_at from achievements.revocation where account = $1 order by revoked_at, number',
    [account],
  );
}

export interface RunRow extends Row {
  /** Key of the streak. */
  readonly streak: string;
  /** Units of the streak. */
  readonly first: number;
  readonly last: number;
}

/** Runs before the newest one of each streak, in order of time. */
export async function readRuns(tx: Reader, account: number): Promise<readonly RunRow[]> {
  return tx.query<RunRow>('select streak, first, last from streaks.run where account = $1 order by streak, first', [account]);
}

export interface CoverRow extends RunRow {
  readonly kind: CoverKind;
  readonly reason: string | null;
}

export async function readCovers(tx: Reader, account: number): Promise<readonly CoverRow[]> {
  return tx.query<CoverRow>(
    'select streak, kind, first, last, reason from streaks.cover where account = $1 order by streak, first',
    [account],
  );
}

export interface UsageRow extends Row {
  readonly rule: string;
  readonly span: string;
  readonly bucket: string;
  readonly used: number;
}

export async function readUsage(tx: Reader, account: number): Promise<readonly UsageRow[]> {
  return tx.query<UsageRow>('select rule, span, bucket, used from rules.usage where account = $1 order by rule, span, bucket', [
    account,
  ]);
}

export interface KeyRow extends Row {
  readonly id: string;
  readonly name: string;
  readonly created_at: number;
  readonly revoked_at: number | null;
}

/** Client keys that speak for an account. */
export async function readKeys(tx: Reader, account: number): Promise<readonly KeyRow[]> {
  return tx.query<KeyRow>('select id, name, created_at, revoked_at from access.key where account = $1 order by id', [account]);
}
