import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Members } from './members.ts';

describe('the directory of members', () => {
  it('gives each account one slot for good, dense from 0', () => {
    const account = fc.oneof(
      fc.maxSafeInteger(),
      fc.nat(3000),
      fc.nat(3000).map((n) => n * 2 ** 32),
    );
    fc.assert(
      fc.property(fc.uniqueArray(account, { minLength: 800, maxLength: 3000, size: 'max' }), (accounts) => {
        const members = new Members();
        for (const [slot, one] of accounts.entries()) expect(members.slotOf(one, `u${slot}`)).toBe(slot);
        for (const [slot, one] of accounts.entries()) {
          expect(members.find(one)).toBe(slot);
          expect(members.slotOf(one, 'other')).toBe(slot);
          expect(members.account(slot)).toBe(one);
          expect(members.user(slot)).toBe(`u${slot}`);
        }
        expect(members.size).toBe(accounts.length);
      }),
      { numRuns: 20 },
    );
  });

  it('finds the account of every name, also after renaming and forgetting', () => {
    const members = new Members();
    for (let n = 0; n < 3_000; n += 1) members.slotOf(n * 7 + 1, `user-${n}`);
    for (let n = 0; n < 3_000; n += 3) members.rename(n * 7 + 1, `other-${n}`);
    for (let n = 1; n < 3_000; n += 3) members.forget(n * 7 + 1);
    for (let n = 0; n < 3_000; n += 1) {
      expect(members.accountNamed(`user-${n}`)).toBe(n % 3 === 2 ? n * 7 + 1 : undefined);
      expect(members.accountNamed(`other-${n}`)).toBe(n % 3 === 0 ? n * 7 + 1 : undefined);
    }
    // Somebody else takes a name that is free again.
    members.slotOf(99_999, 'user-1');
    expect(members.accountNamed('user-1')).toBe(99_999);
    expect(members.accountNamed('')).toBeUndefined();
  });

  it('does not know an account it was not told of', () => {
    const members = new Members();
    expect(members.find(0)).toBe(-1);
    members.slotOf(7, 'ann');
    expect(members.find(8)).toBe(-1);
    expect(members.find(Number.NaN)).toBe(-1);
  });

  it('keeps the name it has until it is renamed', () => {
    const members = new Members();
    const slot = members.slotOf(7, 'ann');
    members.slotOf(7, 'anna');
    expect(members.user(slot)).toBe('ann');
    expect(members.rename(7, 'anna')).toBe(true);
    expect(members.user(slot)).toBe('anna');
    expect(members.rename(8, 'bob')).toBe(false);
  });

  it('names an account that it first heard of without a name', () => {
    const members = new Members();
    const slot = members.reserve(7);
    expect(members.user(slot)).toBe('');
    members.slotOf(7, 'ann');
    expect(members.user(slot)).toBe('ann');
  });

  it('forgets a name for good and keeps the account its slot', () => {
    const members = new Members();
    const slot = members.slotOf(7, 'ann');
    members.forget(7);
    members.slotOf(7, 'ann');
    expect(members.rename(7, 'ann')).toBe(false);
    expect(members.user(slot)).toBe('');
    expect(members.find(7)).toBe(slot);
  });

  it('does not learn the name of an account that was erased before it was heard of', () => {
    const members = new Members();
    members.forget(7);
    expect(members.user(members.slotOf(7, 'ann'))).toBe('');
  });

  it('refuses an account that is not a safe integer', () => {
    expect(() => new Members().slotOf(2 ** 53, 'ann')).toThrow(RangeError);
    expect(() => new Members().slotOf(0.5, 'ann')).toThrow(RangeError);
  });
});
