import type { Declarations, FieldType } from './model.ts';
import { BOOL, DYN, LIST, MAP, NUMBER, STRING, TIMESTAMP, type Type, type Typed } from './types.ts';
import type { Code } from './machine.ts';

const FIELD_TYPES: Record<FieldType | 'any', Type> = {
  integer: NUMBER,
  number: NUMBER,
  string: STRING,
  boolean: BOOL,
  list: LIST,
  map: MAP,
  any: DYN,
};

/** What an expression may start from: `event`, `user`, `metrics`, `now`. */
export function roots(declarations: Declarations): ReadonlyMap<string, Typed> {
  const fields = declarations.data;
  const data: Type =
    fields === null
      ? MAP
      : { kind: 'map', of: DYN, fields: new Map([...fields].map(([name, type]) => [name, FIELD_TYPES[type]])) };

  const local = record('event.local', {
    hour: read(NUMBER, (run) => run.scope.event.local.hour),
    weekday: read(NUMBER, (run) => run.scope.event.local.weekday),
  });
  const event = record('event', {
    type: read(STRING, (run) => run.scope.event.type),
    source: read(STRING, (run) => run.scope.event.source),
    data: read(data, (run) => run.scope.event.data),
    time: read(TIMESTAMP, (run) => run.scope.event.time),
    local,
  });
  const user = record('user', {
    attributes: read(MAP, (run) => run.scope.user.attributes),
    level: read(NUMBER, (run) => run.scope.user.level),
  });
  return new Map([
    ['event', event],
    ['user', user],
    ['metrics', metricsOf(declarations.metrics)],
    ['now', read(TIMESTAMP, (run) => run.scope.now)],
  ]);
}

/** What a filter may start from: `event`, with the outside id of its user. */
export function filterRoots(): ReadonlyMap<string, Typed> {
  const event = record('event', {
    type: read(STRING, (run) => run.scope.event.type),
    source: read(STRING, (run) => run.scope.event.source),
    user: read(STRING, (run) => run.scope.event.user ?? ''),
    data: read(MAP, (run) => run.scope.event.data),
    time: read(TIMESTAMP, (run) => run.scope.event.time),
  });
  return new Map([['event', event]]);
}

/** What a formula may start from: `value`. */
export function formulaRoots(): ReadonlyMap<string, Typed> {
  return new Map([['value', read(NUMBER, (run) => run.value)]]);
}

/** One record for all expressions of a catalog, which may be thousands over a thousand metrics. */
const records = new WeakMap<readonly string[], Typed>();

function metricsOf(names: readonly string[]): Typed {
  const known = records.get(names);
  if (known !== undefined) return known;
  const made = record('metrics', Object.fromEntries(names.map((name) => [name, metric(name)])), 'metric');
  records.set(names, made);
  return made;
}

/** A metric that nothing has moved yet stands at 0. */
function metric(name: string): Typed {
  return read(NUMBER, (run) => run.scope.metric(name));
}

function read(type: Type, code: Code): Typed {
  return { type, code, text: '' };
}

function record(text: string, members: Record<string, Typed>, noun = 'field'): Typed {
  return { type: { kind: 'record', noun, members: new Map(Object.entries(members)) }, code: () => undefined, text };
}
