import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { field, keyedDigest, sha256 } from './digest.ts';

const KEY = 'ab'.repeat(32);
const texts = fc.array(fc.oneof(fc.string(), fc.constant(null)), { maxLength: 4 });

describe('digests', () => {
  it('are SHA-256 of UTF-8 (FIPS 180-4 test vector)', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256('é')).toBe(createHash('sha256').update(Buffer.from('é', 'utf8')).digest('hex'));
  });

  it('null, nothing and "-" differ', () => {
    expect(new Set([field(null), field(''), field('-')]).size).toBe(3);
  });

  it('lists of texts that differ have inputs that differ', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b));
        expect(a.map(field).join('')).not.toBe(b.map(field).join(''));
      }),
    );
  });

  it('a keyed digest has the shape of a UUID and depends on key and fields', () => {
    const digest = keyedDigest(KEY, ['source', 'id']);
    expect(digest).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(keyedDigest(KEY, ['source', 'id'])).toBe(digest);
    expect(keyedDigest(KEY, ['sourc', 'eid'])).not.toBe(digest);
    expect(keyedDigest('cd'.repeat(32), ['source', 'id'])).not.toBe(digest);
  });
});
