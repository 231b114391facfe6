import { DatabaseError } from '../kernel/ports.ts';

/** Unique keys that two honest transactions may reach for at once. A transfer's id comes from the identity that causes it. */
const CLAIMED_MEANWHILE = new Set([
  'identity_pkey',
  'transfer_pkey',
  'person_digest_key',
  'person_pkey',
  'account_pkey',
  'version_pkey',
  'boost_name_key',
  'hold_name_key',
]);

/** What another transaction got ahead with: nobody's fault, and right when taken again. Undefined for true failures. */
export function raceOf(error: unknown): 'catalog' | 'lock' | 'claim' | undefined {
  if (!(error instanceof DatabaseError)) return undefined;
  if (error.code === 'DN001') return 'catalog';
  if (error.code === '40P01' || error.code === '40001') return 'lock';
  if (error.code === '23505' && CLAIMED_MEANWHILE.has(error.constraint ?? '')) return 'claim';
  return undefined;
}

/** So often is work that lost a race taken again; each time the other side has got on, so this is never reached. */
const MAX_RACES = 50;

/** Runs `work` until it loses no race. `pause` waits a random while up to its milliseconds. */
export async function pastRaces<T>(
  work: () => Promise<T>,
  means: { readonly refreshCatalog: () => Promise<void>; readonly pause: (ms: number) => Promise<void> },
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const race = raceOf(error);
      if (race === undefined || attempt >= MAX_RACES) throw error;
      if (race === 'catalog') await means.refreshCatalog();
      else await means.pause(Math.min(5 * 2 ** attempt, 200));
    }
  }
}
