import { didYouMean } from '../closest.ts';
import { Refused } from './compiler.ts';
import { type Code, FAIL, fail, isList, isMap, kindOf } from './machine.ts';
import { DYN, may, named, type Type, type Typed } from './types.ts';

/** `base.name` and `base["name"]`: only what the data themselves hold, never what JavaScript adds to an object. */
export function field(base: Typed, name: string, text: string): Typed {
  const { type } = base;
  if (type.kind === 'record') {
    const member = type.members.get(name);
    if (member === undefined) throw new Refused(unknownMember(type.noun, base.text, name, type.members.keys()));
    return { ...member, text };
  }
  const found = mapField(base, name);
  return { type: found, text, code: checked(reader(base, name, text), found, text) };
}

/** `has(base.name)` */
export function hasField(base: Typed, name: string): Code {
  if (base.type.kind === 'record') {
    field(base, name, `${base.text}.${name}`);
    return () => true;
  }
  mapField(base, name);
  const { code, text } = base;
  return (run) => {
    const value = code(run);
    if (value === FAIL) return FAIL;
    return isMap(value) ? Object.hasOwn(value, name) : fail(run, `${text} is ${kindOf(value)}, not a map`);
  };
}

/** `base[key]` with a computed key: an element of a list, counted from 0, or a value of a map. */
export function element(base: Typed, key: Typed, text: string): Typed {
  const { type } = base;
  if (typeof key.constant === 'string' && type.kind !== 'list') return field(base, key.constant, text);
  if (type.kind === 'record' || (type.kind === 'map' && type.fields !== null)) {
    throw new Refused(`write the name in quotes, as in ${base.text}["name"]`);
  }
  if (type.kind !== 'list' && type.kind !== 'map' && type.kind !== 'dyn') {
    throw new Refused(`${base.text} is ${named(type)}: it has no elements`);
  }
  if (type.kind === 'list' && !may(key.type, 'number'))
    throw new Refused(`the place in a list is a number, but ${key.text} is ${named(key.type)}`);
  if (type.kind === 'map' && !may(key.type, 'string'))
    throw new Refused(`the key of a map is text, but ${key.text} is ${named(key.type)}`);
  const of = type.kind === 'list' || type.kind === 'map' ? type.of : DYN;
  const code: Code = (run) => {
    const container = base.code(run);
    if (container === FAIL) return FAIL;
    const at = key.code(run);
    if (at === FAIL) return FAIL;
    if (isList(container) && typeof at === 'number') {
      if (Number.isInteger(at) && at >= 0 && at < container.length) return container[at];
      return fail(run, `${base.text} has no element ${at}`);
    }
    if (isMap(container) && typeof at === 'string') {
      return Object.hasOwn(container, at) ? container[at] : fail(run, `${base.text} has no such key`);
    }
    return fail(run, `${base.text} is ${kindOf(container)} and ${key.text} is ${kindOf(at)}`);
  };
  return { type: of, text, code };
}

function mapField(base: Typed, name: string): Type {
  const { type } = base;
  if (type.kind === 'dyn') return DYN;
  if (type.kind !== 'map') throw new Refused(`${base.text} is ${named(type)}: it has no field "${name}"`);
  if (type.fields === null) return type.of;
  const declared = type.fields.get(name);
  if (declared === undefined) throw new Refused(unknownMember('field', base.text, name, type.fields.keys()));
  return declared;
}

function unknownMember(noun: string, base: string, name: string, known: Iterable<string>): string {
  const names = [...known];
  if (noun === 'metric') {
    if (names.length === 0) return `no metric can be named here: unknown metric "${name}"`;
    return `unknown metric "${name}"${didYouMean(name, names)}`;
  }
  const near = didYouMean(name, names);
  if (near !== '') return `unknown field ${base}.${name}${near}`;
  return `unknown field ${base}.${name}; ${names.length === 0 ? 'none is declared' : `known are ${names.slice(0, 20).join(', ')}`}`;
}

function reader({ code, type, text: whole }: Typed, name: string, text: string): Code {
  const missing = `${text} is missing`;
  if (type.kind === 'map') {
    return (run) => {
      const value = code(run) as Readonly<Record<string, unknown>> | typeof FAIL;
      if (value === FAIL) return FAIL;
      return Object.hasOwn(value, name) ? value[name] : fail(run, missing);
    };
  }
  return (run) => {
    const value = code(run);
    if (value === FAIL) return FAIL;
    if (!isMap(value)) return fail(run, `${whole} is ${kindOf(value)}, not a map`);
    return Object.hasOwn(value, name) ? value[name] : fail(run, missing);
  };
}

/** What is declared is checked where it is read, so that the rest may rely on it. */
function checked(code: Code, type: Type, text: string): Code {
  const is = CHECKS[type.kind];
  if (is === undefined) return code;
  return (run) => {
    const value = code(run);
    return value === FAIL || is(value) ? value : fail(run, `${text} is ${kindOf(value)}, not ${named(type)}`);
  };
}

const CHECKS: Partial<Record<Type['kind'], (value: unknown) => boolean>> = {
  number: (value) => typeof value === 'number',
  string: (value) => typeof value === 'string',
  bool: (value) => typeof value === 'boolean',
  list: isList,
  map: isMap,
};
