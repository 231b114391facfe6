import { createHash, timingSafeEqual } from 'node:crypto';
import { textFault } from '../kernel/json.ts';
import type { Randomness } from '../kernel/ports.ts';
import { ROLES, type Role } from './model.ts';

/**
 * A key is shown once as `diana_<role>_<id>_<secret>`. Only the SHA-256 of the secret is stored: with 256 random
 * bits there is nothing to guess, so a slow password hash would cost every caller and protect nothing.
 */
const TOKEN = new RegExp(`^diana_(${ROLES.join('|')})_([0-9a-f]{16})_([0-9a-f]{64})$`);
const ID_BYTES = 8;
const SECRET_BYTES = 32;

/** The one key that the operator chose (`DIANA_ADMIN_KEY`); its whole text is the secret. */
export const GIVEN_KEY = 'key_given';

/** Longer than any key of ours; bounds what an attacker can make us remember. Characters. */
export const MAX_TOKEN = 512;

export interface Credential {
  /** `key_<16 hex digits>`. */
  readonly id: string;
  readonly token: string;
  /** 64 hex digits. */
  readonly hash: string;
}

export function newCredential(role: Role, randomness: Randomness): Credential {
  const id = Buffer.from(randomness.bytes(ID_BYTES)).toString('hex');
  const secret = Buffer.from(randomness.bytes(SECRET_BYTES)).toString('hex');
  return { id: `key_${id}`, token: `diana_${role}_${id}_${secret}`, hash: hashSecret(secret) };
}

/** What a token claims to be, or undefined when it does not have the shape of our own keys. */
export function readToken(token: string): { readonly id: string; readonly role: Role; readonly secret: string } | undefined {
  const match = TOKEN.exec(token);
  if (match === null) return undefined;
  return { role: match[1] as Role, id: `key_${match[2] as string}`, secret: match[3] as string };
}

/** 64 hex digits. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

/** Compares in a time that does not tell how many digits agree. */
export function sameHash(a: string, b: string): boolean {
  const left = Buffer.from(a, 'hex');
  const right = Buffer.from(b, 'hex');
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Why a text may not be the operator's admin key, or undefined when it may. */
export function adminKeyFault(given: string): string | undefined {
  if (given.length < 16) return 'must have at least 16 characters';
  if (given.length > MAX_TOKEN) return `must have at most ${MAX_TOKEN} characters`;
  // An HTTP header loses blanks at its ends and cannot carry control characters.
  if (given !== given.trim()) return 'must not begin or end with a blank';
  for (const character of given) {
    if (character < ' ' || character === '\u007f') return 'must not contain control characters';
  }
  return textFault(given);
}
