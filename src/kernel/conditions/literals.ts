import { Refused } from './compiler.ts';
import { type Code, FAIL, spend } from './machine.ts';
import { DYN, named, STRING, type Type, type Typed, unify } from './types.ts';

export function listLiteral(elements: readonly Typed[], text: string): Typed {
  const type: Type = { kind: 'list', of: common(elements, 'the elements of a list') };
  if (elements.every((part) => part.constant !== undefined)) {
    const list: readonly unknown[] = Object.freeze(elements.map((part) => part.constant));
    return { type, text, code: () => list };
  }
  return { type, text, code: collect(elements, (values) => values) };
}

/** Keys are text in quotes: `{"easy": 1, "hard": 3}[event.data.level]`. */
export function mapLiteral(entries: readonly (readonly [Typed, Typed])[], text: string): Typed {
  const keys = entries.map(([key]) => {
    if (key.type !== STRING || typeof key.constant !== 'string')
      throw new Refused(`the keys of a map are text in quotes, but ${key.text} is not`);
    return key.constant;
  });
  const repeated = keys.find((key, i) => keys.indexOf(key) !== i);
  if (repeated !== undefined) throw new Refused(`the key "${repeated}" is there twice`);
  const values = entries.map(([, value]) => value);
  const of = common(values, 'the values of a map');
  const code = collect(values, (found) => Object.fromEntries(keys.map((key, i) => [key, found[i]])));
  return { type: { kind: 'map', of, fields: null }, text, code };
}

function common(parts: readonly Typed[], what: string): Type {
  const [first, ...rest] = parts;
  if (first === undefined) return DYN;
  let type = first.type;
  for (const part of rest) {
    const unified = unify(type, part.type);
    if (unified === undefined)
      throw new Refused(
        `${what} must be of one type, but ${first.text} is ${named(first.type)} and ${part.text} is ${named(part.type)}`,
      );
    type = unified;
  }
  return type;
}

function collect(parts: readonly Typed[], finish: (values: readonly unknown[]) => unknown): Code {
  return (run) => {
    if (!spend(run, parts.length)) return FAIL;
    const values: unknown[] = [];
    for (const { code } of parts) {
      const value = code(run);
      if (value === FAIL) return FAIL;
      values.push(value);
    }
    return finish(values);
  };
}
