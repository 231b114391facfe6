import { type DocumentNode, type Faults, oneOf, report, required, text } from '../kernel/document.ts';
import { identified, reference } from '../kernel/document-names.ts';
import { PERIODS } from '../kernel/period.ts';
import { isZone } from '../kernel/time.ts';
import type { Board } from './model.ts';

/** `boards:`, rankings of users by a metric within a period. */
export function parseBoards(faults: Faults, node: DocumentNode | undefined, metrics: readonly string[]): readonly Board[] {
  const keys = ['id', 'metric', 'period', 'order', 'ties', 'zone'];
  return identified(faults, node, keys, 'board').map(({ id, node: board, entries }) => {
    const metric = required(faults, board, entries, 'metric');
    const optional = <T extends string>(key: string, choices: readonly T[], fallback: T): T => {
      const entry = entries.get(key);
      return (entry === undefined ? undefined : oneOf(faults, entry, choices)) ?? fallback;
    };
    return {
      id,
      key: id,
      metric: (metric === undefined ? undefined : reference(faults, metric, 'metric', metrics)) ?? '',
      period: optional('period', PERIODS, 'all'),
      order: optional('order', ['desc', 'asc'], 'desc'),
      ties: optional('ties', ['first', 'shared', 'dense'], 'first'),
      zone: zone(faults, entries.get('zone')),
    };
  });
}

function zone(faults: Faults, node: DocumentNode | undefined): string | null {
  if (node === undefined) return null;
  const given = text(faults, node, 'an IANA time zone, such as Europe/Berlin');
  if (given === undefined) return null;
  if (!isZone(given)) report(faults, node, `unknown time zone "${given}": expected an IANA name, such as Europe/Berlin`);
  return given;
}
