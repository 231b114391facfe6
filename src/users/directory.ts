import type { Database } from '../kernel/ports.ts';
import { findPerson } from './store.ts';

/** Which account a user's outside id stands for, remembered for the ids asked about last. */
export interface Directory {
  accountOf(user: string): Promise<number | undefined>;
  forget(user: string): void;
}

/** About 20 MB. */
const MAX_REMEMBERED = 100_000;

export function createDirectory(database: Database, digestOf: (user: string) => string): Directory {
  const accounts = new Map<string, number>();
  return {
    async accountOf(user) {
      const known = accounts.get(user);
      if (known !== undefined) return known;
      const person = await findPerson({ query: database.read.bind(database) }, digestOf(user));
      if (person === undefined) return undefined;
      if (accounts.size >= MAX_REMEMBERED) {
        for (const oldest of accounts.keys()) {
          accounts.delete(oldest);
          break;
        }
      }
      accounts.set(user, person.account);
      return person.account;
    },
    forget(user) {
      accounts.delete(user);
    },
  };
}
