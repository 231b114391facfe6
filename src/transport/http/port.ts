import type { Access } from '../../access/index.ts';
import type { Boards, Closings } from '../../boards/index.ts';
import type { Bus, Subscriptions } from '../../bus/index.ts';
import type { Catalogs, Engine } from '../../engine/index.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Clock, Log, Randomness } from '../../kernel/ports.ts';
import type { RefusalCode } from '../../kernel/refusals.ts';
import type { Reports } from '../../reports/index.ts';
import type { Limits } from './limits.ts';

export interface CatalogInForce {
  readonly version: number;
  readonly source: string;
  /** RFC 3339, UTC. */
  readonly appliedAt: string;
}

export interface Readiness {
  /** False: send traffic elsewhere. */
  readonly ready: boolean;
  /** What does not work as it should, named; may be filled while ready. */
  readonly degraded: readonly string[];
  readonly details?: JsonObject;
}

export interface HttpMetrics {
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** `route` is a pattern such as `/v1/users/:user`, or `unmatched`: never an address as it was sent. */
  observeRequest(route: string, method: string, status: number, seconds: number): void;
  /** An event or a transfer that was refused before the engine saw it; the engine counts those that it refuses. */
  refusal?(code: RefusalCode): void;
}

/** What the server needs of the rest of the product. */
export interface HttpDependencies {
  readonly engine: Engine;
  readonly reports: Reports;
  readonly boards: Boards;
  readonly closings: Closings;
  /** Boards of the catalog in force. */
  readonly boardList: () => readonly { readonly id: string }[];
  readonly bus: Subscriptions & Pick<Bus, 'stream' | 'status'>;
  readonly access: Access;
  readonly catalog: { current(): CatalogInForce | undefined } & Pick<Catalogs, 'versions' | 'version'>;
  /** The account of an outside user id; undefined for an unknown user. */
  readonly findAccount: (user: string) => Promise<number | undefined>;
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: HttpMetrics;
  readonly log: Log;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** What is left out keeps its default. */
  readonly limits?: Partial<Limits>;
  /**
   * Which proxies may tell the address of the caller: `true` for any, a number of hops, or a list of addresses.
   * Default: none, because an address that anybody may claim limits nobody.
   */
  readonly trustProxy?: boolean | number | string | string[];
  /** Of the product, for the API description. */
  readonly version?: string;
}
