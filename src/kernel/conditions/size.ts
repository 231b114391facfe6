import { Refused } from './compiler.ts';
import { FAIL, fail, isList, isMap, kindOf, spend, textCost } from './machine.ts';
import { may, named, NUMBER, type Typed } from './types.ts';

/** Characters (code points) of a text, elements of a list, keys of a map. */
export function sizeOf(operand: Typed, text: string): Typed {
  const { type, code } = operand;
  if (!may(type, 'string') && !may(type, 'list') && !may(type, 'map')) {
    throw new Refused(`size() needs text, a list or a map, but ${operand.text} is ${named(type)}`);
  }
  return {
    type: NUMBER,
    text,
    code: (run) => {
      const value = code(run);
      if (value === FAIL) return FAIL;
      if (isList(value)) return value.length;
      if (typeof value === 'string') return spend(run, textCost(value.length)) ? codePoints(value) : FAIL;
      if (!isMap(value)) return fail(run, `${operand.text} is ${kindOf(value)}: it has no size`);
      const { length } = Object.keys(value);
      return spend(run, length) ? length : FAIL;
    },
  };
}

function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xdc00 && unit <= 0xdfff) count -= 1;
  }
  return count;
}
