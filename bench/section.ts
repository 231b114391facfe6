/** What a run of the benchmark was asked for. */
export interface BenchOptions {
  /** One short round of everything: to see that it works, not for the record. */
  readonly quick: boolean;
  /** Minutes of steady load under which memory is watched. */
  readonly soak: number;
}

/** One line of the table. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is compared with, measured in the same run. */
  readonly baseline?: { readonly name: string; readonly value: number; readonly unit?: string };
  /** On `value`, or on its ratio to the baseline. Without one, the line only informs. */
  readonly target?: { readonly of: 'value' | 'ratio'; readonly least?: number; readonly most?: number };
  readonly note?: string;
}

/** A part of the benchmark: runs in a process of its own, so that memory and warmth are its own. */
export type Section = (options: BenchOptions) => Promise<readonly Figure[]>;

export function ratioOf({ value, baseline }: Figure): number | undefined {
  return baseline === undefined ? undefined : value / baseline.value;
}

/** Undefined where there is nothing to reach. */
export function isReached(figure: Figure): boolean | undefined {
  const { target } = figure;
  if (target === undefined) return undefined;
  const measured = target.of === 'value' ? figure.value : ratioOf(figure);
  if (measured === undefined || Number.isNaN(measured)) return false;
  return measured >= (target.least ?? Number.NEGATIVE_INFINITY) && measured <= (target.most ?? Number.POSITIVE_INFINITY);
}
