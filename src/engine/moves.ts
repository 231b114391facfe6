import type { ScoreDetails, ScoreRecord } from '../boards/index.ts';

/**
 * What one decision counted about its user, as the log keeps it: with it, everything that is derived can be folded again
 * without deciding anything again. JSON; each part is left out where it is empty.
 */
export interface Moves {
  /** Steps of metrics in their order: key, amount, and for `distinct` the digest of the value. */
  readonly m?: readonly Step[];
  /** What metrics that mirror a state showed at the end: key and state. */
  readonly v?: readonly (readonly [key: string, state: number])[];
  /** Days of streaks: key, day, and 1 where the event came within the hours of grace. */
  readonly d?: readonly (readonly [key: string, day: number, early?: 1])[];
  /** Keys of boards whose period was closed when it came. */
  readonly c?: readonly string[];
  /**
   * What earlier events count beside what they recorded, each at its own place in the log: of a backfill, for definitions
   * that came after them; of an undoing, what stays of the event, and what others lose by it.
   */
  readonly past?: readonly PastMoves[];
  /** Of a backfill: keys of boards that follow what their metrics did before them, up to a position of the log. */
  readonly boards?: readonly string[];
  readonly upTo?: number;
  /** What boards keep with the scores that the steps lead to: key of the board, segment, record. */
  readonly b?: readonly (readonly [key: string, segment: string | null, record: ScoreRecord | null])[];
}

/** `time` in milliseconds, `day` since 1970-01-01. */
export type PastMoves = readonly [position: number, time: number, day: number, moves: Moves];

export type Step = readonly [key: string, amount: number, member?: string];

/** Writes the moves of one decision as it goes. Keys have nothing in them that JSON would escape. */
export class MoveLog {
  private steps = '';
  private states = '';
  private kept = '';
  private shut = '';
  private details = '';

  step(key: string, amount: number, member: string | null): void {
    if (this.steps !== '') this.steps += ',';
    this.steps += member === null ? `["${key}",${amount}]` : `["${key}",${amount},"${member}"]`;
  }

  show(key: string, state: number): void {
    this.states += `${this.states === '' ? '' : ','}["${key}",${state}]`;
  }

  day(key: string, day: number, early = false): void {
    this.kept += `${this.kept === '' ? '' : ','}["${key}",${day}${early ? ',1' : ''}]`;
  }

  closed(board: string): void {
    this.shut += `${this.shut === '' ? '' : ','}"${board}"`;
  }

  /** What a board keeps with the score, once its metric moved. */
  keep(board: string, { segment, record }: ScoreDetails): void {
    this.details += `${this.details === '' ? '' : ','}["${board}",${JSON.stringify(segment)},${JSON.stringify(record)}]`;
  }

  /** JSON text; null where nothing moved. */
  text(): string | null {
    if (this.steps === '' && this.states === '' && this.kept === '') return null;
    const parts = [
      ...(this.steps === '' ? [] : [`"m":[${this.steps}]`]),
      ...(this.states === '' ? [] : [`"v":[${this.states}]`]),
      ...(this.kept === '' ? [] : [`"d":[${this.kept}]`]),
      ...(this.shut === '' ? [] : [`"c":[${this.shut}]`]),
      ...(this.details === '' ? [] : [`"b":[${this.details}]`]),
    ];
    return `{${parts.join(',')}}`;
  }
}
