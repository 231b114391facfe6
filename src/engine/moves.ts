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
  /** Of a backfill: what events before it brought to definitions that came after them, each at its own place in the log. */
  readonly past?: readonly PastMoves[];
  /** Of a backfill: keys of boards that follow what their metrics did before them, up to a position of the log. */
  readonly boards?: readonly string[];
  readonly upTo?: number;
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

  /** JSON text; null where nothing moved. */
  text(): string | null {
    if (this.steps === '' && this.states === '' && this.kept === '') return null;
    const parts = [
      ...(this.steps === '' ? [] : [`"m":[${this.steps}]`]),
      ...(this.states === '' ? [] : [`"v":[${this.states}]`]),
      ...(this.kept === '' ? [] : [`"d":[${this.kept}]`]),
      ...(this.shut === '' ? [] : [`"c":[${this.shut}]`]),
    ];
    return `{${parts.join(',')}}`;
  }
}
