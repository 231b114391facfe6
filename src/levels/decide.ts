import type { Formula } from '../kernel/conditions/index.ts';
import { percentOnTheWay } from '../kernel/percent.ts';
import type { LevelProgress, Levels } from './model.ts';

/**
 * Rounded down, at least 1, at most 2^53 − 1. A value at which the formula has none, such as the root of a negative
 * one, is level 1.
 */
export function levelOfFormula(formula: Formula, value: number): number {
  const result = formula.evaluate(value);
  return result.ok ? Math.min(Math.max(1, Math.floor(result.value)), Number.MAX_SAFE_INTEGER) : 1;
}

/** How many of the ascending `thresholds` are not above `value`. */
export function countReached(thresholds: readonly number[], value: number): number {
  let low = 0;
  let high = thresholds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((thresholds[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The level at `value`, and the way to the next. Of a formula, which never falls, the ends are the least whole values
 * that give the level; where none below 2^53 gives it, the level is taken to begin at `value`.
 */
export function progressOf(levels: Levels, value: number): LevelProgress {
  const level = levels.levelOf(value);
  const from = beginOf(levels, level) ?? value;
  const next = beginOf(levels, level + 1);
  return { level, value, from, next, percent: next === null ? 100 : percentOnTheWay(value, from, next) };
}

/** Where `level` begins, or the next one that the formula does not skip; null where it never does. */
function beginOf(levels: Levels, level: number): number | null {
  if (levels.thresholds !== null) return levels.thresholds[level - 1] ?? null;
  let low = 0;
  let high: number = Number.MAX_SAFE_INTEGER;
  if (levels.levelOf(high) < level) return null;
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    if (levels.levelOf(middle) >= level) high = middle;
    else low = middle + 1;
  }
  return low;
}
