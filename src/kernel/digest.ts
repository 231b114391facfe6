import { createHash } from 'node:crypto';
import * as crypto from 'node:crypto';

/**
 * Hash inputs are length-prefixed, so that (`a|b`, `c`) and (`a`, `b|c`) differ, and null differs from "".
 */

/** One field of a hash input: `<UTF-16 length>:<text>`, or `-` for null. Injective over lists of fields. */
export function field(value: string | number | null): string {
  if (value === null) return '-';
  const text = typeof value === 'number' ? String(value) : value;
  return `${text.length}:${text}`;
}

/** SHA-256 of the UTF-8 bytes of `text`, as 64 lower-case hex digits (FIPS 180-4). */
export const sha256: (text: string) => string =
  // The one-shot form is about twice as fast; it exists from Node 20.12 on.
  typeof crypto.hash === 'function'
    ? (text) => crypto.hash('sha256', text, 'hex')
    : (text) => createHash('sha256').update(text, 'utf8').digest('hex');

/**
 * A keyed 128-bit digest as a UUID-shaped string, which PostgreSQL stores in 16 bytes. `key` has a fixed
 * length of 64 hex digits and the output is half of the hash, so that lengthening the message is no attack.
 */
export function keyedDigest(key: string, fields: readonly (string | number | null)[]): string {
  let input = key;
  for (const value of fields) input += field(value);
  const hex = sha256(input);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
