import type { Access, Actor } from '../../access/index.ts';
import type { Subscriptions } from '../../bus/index.ts';
import type { Catalogs, Engine, RebuildReport } from '../../engine/index.ts';
import type { VerificationReport } from '../../ledger/index.ts';
import type { Reports } from '../../reports/index.ts';

/** The running product, as commands see it. */
export interface CliApp {
  readonly engine: Engine;
  readonly reports: Reports;
  readonly access: Access;
  readonly bus: Subscriptions;
  readonly catalog: () => { readonly version: number; readonly source: string; readonly appliedAt: string } | undefined;
  readonly catalogs: Pick<Catalogs, 'versions' | 'version'>;
  readonly place: {
    readonly kind: 'embedded' | 'external';
    readonly where: string;
    readonly serverVersion: number;
    readonly role: string | null;
  };
  findAccount(user: string): Promise<number | undefined>;
  verify(onProgress: (done: number, total: number) => void): Promise<VerificationReport>;
  rebuild(onProgress: (rows: number) => void): Promise<RebuildReport>;
  health(): Promise<HealthFacts>;
  close(): Promise<void>;
}

/** What `doctor` looks at. */
export interface HealthFacts {
  readonly position: number;
  readonly users: number;
  readonly entries: number;
  readonly bytes: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly lastVerification: { readonly finishedAt: string; readonly ageSeconds: number; readonly ok: boolean } | null;
  /** Milliseconds of one durable commit, median of a few. */
  readonly commitMs: number;
}

/** What the service says once it takes requests. */
export interface Started {
  readonly version: string;
  readonly url: string;
  readonly database: { readonly kind: 'embedded' | 'external'; readonly where: string; readonly serverVersion: number };
  /** The first admin key; null on every later start. */
  readonly adminKey: string | null;
  /** Where it is kept beside the data of an embedded server. */
  readonly adminKeyFile: string | null;
}

/** What the process gives the command line: the way to the product, and to the terminal. */
export interface CliHost {
  readonly version: string;
  /** Opens the product beside a running server, or alone. */
  open(): Promise<CliApp>;
  /** Runs the service until it is told to stop. */
  serve(say: (started: Started) => void): Promise<void>;
  /** A throw-away product in a temporary directory, for `bench`. */
  openTemporary(): Promise<CliApp>;
  /** Milliseconds, never jumping. */
  stopwatch(): number;
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly actor: Actor;
}
