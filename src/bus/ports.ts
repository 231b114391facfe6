/** What deliveries need of the outside world; `platform` implements it. */

/** What a POST to a stranger's server came to. Never rejects. */
export type PostAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Seconds, from `Retry-After` (seconds or an HTTP date); null where there was none that can be read. */
      readonly retryAfter: number | null;
      /** The first 500 characters of the body, for the record of the attempt. */
      readonly body: string;
    }
  /** No answer: refused, unreachable, timed out, or an address that must not be called. */
  | { readonly kind: 'failed'; readonly error: string };

/** Posts to addresses that strangers name. Follows no redirects; calls no private address unless allowed. */
export interface Courier {
  post(request: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    /** Milliseconds for the whole exchange. */
    readonly timeout: number;
  }): Promise<PostAnswer>;
  close(): Promise<void>;
}

/** Entries for one Redis stream. */
export interface StreamBatch {
  readonly key: string;
  /** Key of the mark that lives in the same slot as the stream. */
  readonly markKey: string;
  /** What the mark has to be before: null where there must be none. */
  readonly expected: string | null;
  /** What it is afterwards. */
  readonly mark: string;
  /** `id`: position in the log; ascending. Entry ids are `<position>-0`; one that is not above the last is left out. */
  readonly entries: readonly { readonly position: number; readonly fields: readonly string[] }[];
  /** Entries to keep, about. */
  readonly retain: number;
}

export type StreamAnswer =
  | { readonly kind: 'appended' }
  /** The mark is another one: Redis was flushed, restored, or somebody else wrote. */
  | { readonly kind: 'mismatch'; readonly mark: string | null };

/** Redis, as the relay sees it. Every call rejects within its time limit when Redis is away. */
export interface StreamStore {
  readonly kind: 'standalone' | 'cluster' | 'unknown';
  isUp(): boolean;
  /** Appends each batch atomically: entries and mark, or nothing. In the order of the batches. */
  append(batches: readonly StreamBatch[]): Promise<readonly StreamAnswer[]>;
  readMarks(keys: readonly string[]): Promise<readonly (string | null)[]>;
  close(): Promise<void>;
}
