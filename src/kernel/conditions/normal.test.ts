import { expect, test } from 'vitest';
import { normalSource } from './index.ts';

test.each([
  ['event.data.v  >  1', 'event.data.v>1'],
  ['event.data.v>1', 'event.data.v>1'],
  [' a  in  [ 1, 2 ] ', 'a in[1,2]'],
  [`x == "a  b"  &&  y == 'it\\'s  so'`, `x=="a  b"&&y=='it\\'s  so'`],
  ['a // b\n + c', 'a // b\n + c'],
  ['a ? b : c', 'a?b:c'],
])('%j is %j', (source, normal) => {
  expect(normalSource(source)).toBe(normal);
});
