import type { Clock, Randomness } from './ports.ts';

/** Ids carry a prefix of their noun, so that a log line or a support mail tells what it is about. */
export const TRANSFER_PREFIX = 'tr_';
export const EVENT_PREFIX = 'evt_';
export const ACCOUNT_PREFIX = 'acct_';
export const HOLD_PREFIX = 'hold_';

export interface Ids {
  /** A time-ordered UUID (RFC 9562, version 7), strictly increasing within the process: new rows meet at the right end of an index. */
  uuid(): string;
  /** A random account id in [1, 2^53): tells nothing about the user. */
  account(): number;
}

export function createIds(clock: Clock, randomness: Randomness): Ids {
  let lastMs = 0;
  let counter = 0;
  let pool = randomness.bytes(0);
  let used = 0;

  // One system call for 512 ids.
  const random = (): number => {
    if (used >= pool.length) {
      pool = randomness.bytes(4_096);
      used = 0;
    }
    return pool[used++] as number;
  };
  const hex = (count: number): string => {
    let text = '';
    for (let i = 0; i < count; i += 1) text += HEX[random()] as string;
    return text;
  };

  return {
    uuid() {
      const now = clock.now();
      if (now > lastMs) {
        lastMs = now;
        // Half of the 12-bit counter is left to grow into within the millisecond.
        counter = ((random() << 8) | random()) & 0x7ff;
      } else {
        counter += 1;
        if (counter > 0xfff) {
          lastMs += 1;
          counter = 0;
        }
      }
      const ms = lastMs.toString(16).padStart(12, '0');
      const variant = HEX[(random() & 0x3f) | 0x80] as string;
      return `${ms.slice(0, 8)}-${ms.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${variant}${hex(1)}-${hex(6)}`;
    },
    account() {
      return 1 + randomness.integer(Number.MAX_SAFE_INTEGER - 1);
    },
  };
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function transferId(uuid: string): string {
  return TRANSFER_PREFIX + uuid.replaceAll('-', '');
}

/** The UUID inside a transfer id, or undefined when it is none. */
export function transferUuid(id: string): string | undefined {
  const match = /^tr_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(id);
  return match === null ? undefined : match.slice(1).join('-');
}

export function holdId(uuid: string): string {
  return HOLD_PREFIX + uuid.replaceAll('-', '');
}

/** The UUID inside a hold id, or undefined when it is none. */
export function holdUuid(id: string): string | undefined {
  return id.startsWith(HOLD_PREFIX) ? transferUuid(TRANSFER_PREFIX + id.slice(HOLD_PREFIX.length)) : undefined;
}

export function accountId(account: number): string {
  return ACCOUNT_PREFIX + account.toString(36);
}

/** The id under which an announced fact is known outside: its place in the log. */
export function factId(position: number): string {
  return `${EVENT_PREFIX}${position}`;
}
