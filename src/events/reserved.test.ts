import { describe, expect, it } from 'vitest';
import { compileListener, isReserved, RESERVED_FAMILIES, RESERVED_TYPES } from './reserved.ts';

describe('announced types', () => {
  it('are reserved, with all of their families', () => {
    for (const type of RESERVED_TYPES) expect(isReserved(type)).toBe(true);
    for (const family of RESERVED_FAMILIES) {
      expect(isReserved(`${family}.started`)).toBe(true);
      expect(isReserved(`${family}.a.b`)).toBe(true);
      expect(isReserved(family)).toBe(false);
    }
    for (const type of ['points.awarded.twice', 'points.given', 'points', 'stories.read', 'code.commit'])
      expect(isReserved(type)).toBe(false);
  });

  it('are not matched by a wildcard, only by their name', () => {
    for (const pattern of ['*', 'points.*', '*.awarded']) expect(compileListener(pattern)('points.awarded')).toBe(false);
    expect(compileListener('story.*')('story.finished')).toBe(false);
    expect(compileListener('points.awarded')('points.awarded')).toBe(true);
    expect(compileListener('story.finished')('story.finished')).toBe(true);
    expect(compileListener('points.*')('points.given')).toBe(true);
    expect(compileListener('*')('code.commit')).toBe(true);
  });
});
