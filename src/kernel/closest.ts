/** Suggestions for misspelt names. */

/** Names longer than this are never suggested for: the distance below costs the product of both lengths. */
const MAX_LENGTH = 100;

/**
 * The candidate nearest to `name`, or undefined where none is near: more than a third of its letters differ.
 * Distance is that of Damerau and Levenshtein in its restricted form: insert, delete, replace, swap neighbours.
 */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (candidate.length > MAX_LENGTH || Math.abs(candidate.length - name.length) >= least) continue;
    const distance = editDistance(wanted, candidate.toLowerCase(), least);
    if (distance < least) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

/** `; did you mean "x"?`, or nothing where no candidate is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const near = closest(name, candidates);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

/** Three rows of the table of distances, used again and again: whole catalogs of misspelt names are compared. */
let rows = [new Uint8Array(MAX_LENGTH + 2), new Uint8Array(MAX_LENGTH + 2), new Uint8Array(MAX_LENGTH + 2)] as const;

/** The distance where it is below `limit`; `limit` or more otherwise. Only cells that can stay below it are looked at. */
function editDistance(a: string, b: string, limit: number): number {
  const far = limit + 1;
  let [before, previous, current] = rows;
  for (let j = 0; j <= b.length + 1; j += 1) previous[j] = Math.min(j, far);
  for (let i = 1; i <= a.length; i += 1) {
    const from = Math.max(1, i - limit);
    const to = Math.min(b.length, i + limit);
    // Beyond the band every cell is far, whatever an older comparison left there.
    current[from - 1] = from === 1 ? Math.min(i, far) : far;
    current[to + 1] = far;
    let nearest = far;
    for (let j = from; j <= to; j += 1) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let cost = Math.min(at(previous, j) + 1, at(current, j - 1) + 1, at(previous, j - 1) + (same ? 0 : 1), far);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, at(before, j - 2) + 1);
      current[j] = cost;
      nearest = Math.min(nearest, cost);
    }
    if (nearest >= limit && (from > 1 || at(current, 0) >= limit)) return limit;
    [before, previous, current] = [previous, current, before];
  }
  rows = [before, previous, current];
  return at(previous, b.length);
}

function at(row: Uint8Array, index: number): number {
  return row[index] as number;
}
