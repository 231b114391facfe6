import { fileURLToPath } from 'node:url';
import type { Actor } from './access/index.ts';
import { type AppOptions, openApp } from './app.ts';
import type { Boards } from './boards/index.ts';
import type { Bus } from './bus/index.ts';
import type { CatalogApplied, CatalogOutcome, Engine, EventResult, Visibility } from './engine/index.ts';
import type { Outcome } from './kernel/outcome.ts';
import type { Log } from './kernel/ports.ts';
import type { VerificationReport } from './ledger/index.ts';
import type { Reports } from './reports/index.ts';

export type { Bus, BusEvent, Delivery, Handler, Subscribed, SubscribeOptions, SubscriptionReport } from './bus/index.ts';
export type { AmongPage, BoardAnswer, BoardEntry, BoardPage, BoardPeriods } from './boards/index.ts';
export type { CatalogChange, CatalogFault } from './catalog/index.ts';
export type {
  AcceptedResult,
  AwardResult,
  EventResult,
  RefusedResult,
  TransferResult,
  UserChange,
  Visibility,
} from './engine/index.ts';
export { EventRefused } from './engine/index.ts';
export { DatabaseUnavailable, type Tx } from './kernel/ports.ts';
export { REFUSALS, type Refusal, type RefusalCode } from './kernel/refusals.ts';
export type { AchievementStatus, EventReport, Profile, Summary, TransferEntry, TransferPage } from './reports/index.ts';

export interface DianaOptions {
  /** PostgreSQL 15 or newer. Left out: an embedded one in `dataDirectory`. */
  readonly databaseUrl?: string;
  /** Default `.diana`. */
  readonly dataDirectory?: string;
  /** Most events waiting or under way before new ones are refused `busy`. */
  readonly queue?: number;
  /** Milliseconds after which a silent database counts as away. */
  readonly databaseTimeout?: number;
  /** Redis 7 or newer; events are relayed to its streams. */
  readonly redisUrl?: string;
  /** Default: warnings and errors on standard error, as the service does. */
  readonly log?: Log;
}

/** An event to submit: `id` makes it safe to send again. `time` is RFC 3339; default now. */
export interface EventInput {
  readonly id?: string;
  readonly type: string;
  readonly user: string;
  readonly time?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly source?: string;
  /** What it belongs to, over all services; left out, it begins something of its own. */
  readonly correlationId?: string;
  /** Id of the event that caused it. */
  readonly causationId?: string;
}

/** Diana inside another program: the same engine, ledger and boards, without HTTP. */
export interface Diana {
  /** 1–1,000 events; each is answered after its commit, in order. An outage is a refusal (`unavailable`), not a rejection. */
  submit(events: readonly EventInput[]): Promise<readonly EventResult[]>;
  /** Spend, give, transfer, adjust or force points; see the reference of `POST /v1/transfers`. */
  transfer(command: object): ReturnType<Engine['transfer']>;
  applyCatalog(source: string): Promise<CatalogOutcome<CatalogApplied>>;
  putUser(user: string, change: object): Promise<Outcome<{ readonly created: boolean }>>;
  eraseUser(user: string, reason?: string): Promise<Outcome<{ readonly account: string }>>;
  /**
   * Calls `handler` for every event that matches one of the patterns, each once: what it writes with its `tx` is committed
   * together with the fact that it was called. Durable under its name.
   */
  readonly subscribe: Bus['subscribe'];
  /** One transaction on Diana's database, for what has to be true together with the events that it publishes. */
  readonly transaction: Bus['transaction'];
  readonly bus: Bus;
  readonly reports: Reports;
  readonly boards: Boards;
  /** Hides a user on boards, or shows one again; see the reference of `PUT /v1/users/{user}/boards-visibility`. */
  setVisibility(user: string, change: object): Promise<Outcome<Visibility>>;
  /** Proves every account of the ledger. */
  verify(): Promise<VerificationReport>;
  /** Refuses what is new, finishes what was admitted, closes the database. */
  close(): Promise<void>;
}

const EMBEDDED: Actor = { id: '@embedded', role: 'admin', account: null };
const nothing = (): void => undefined;
const loudOnly: Log = {
  debug: nothing,
  info: nothing,
  warn: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
  error: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
};

/** Opens Diana on a database. One process may own an embedded data directory; an external database serves many. */
export async function openDiana(options: DianaOptions = {}): Promise<Diana> {
  const appOptions: AppOptions = {
    config: {
      databaseUrl: options.databaseUrl ?? null,
      dataDirectory: options.dataDirectory ?? '.diana',
      queue: options.queue ?? 20_000,
      databaseTimeout: options.databaseTimeout ?? 4_000,
      redisUrl: options.redisUrl ?? null,
      webhookPrivate: false,
    },
    mode: 'attach-or-own',
    migrations: fileURLToPath(new URL('../migrations', import.meta.url)),
    log: options.log ?? loudOnly,
    housekeeping: true,
  };
  const app = await openApp(appOptions);
  return {
    submit: (events) => app.engine.submit(events, EMBEDDED),
    transfer: (command) => app.engine.transfer(command, EMBEDDED),
    applyCatalog: (source) => app.engine.applyCatalog(source, EMBEDDED),
    putUser: (user, change) => app.engine.putUser(user, change, EMBEDDED),
    eraseUser: (user, reason) => app.engine.eraseUser(user, reason ?? null, EMBEDDED),
    subscribe: app.bus.subscribe,
    transaction: app.bus.transaction,
    bus: app.bus,
    reports: app.reports,
    boards: app.boards,
    setVisibility: (user, change) => app.engine.setVisibility(user, change, EMBEDDED),
    verify: () => app.verify(),
    close: app.close,
  };
}
