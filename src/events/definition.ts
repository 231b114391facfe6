import { didYouMean } from '../kernel/closest.ts';
import type { FieldType } from '../kernel/conditions/index.ts';
import { type DocumentNode, fields, flag, type Faults, isEmpty, mapping, report, text } from '../kernel/document.ts';
import { withinBounds } from '../kernel/document-names.ts';
import type { Listen } from '../kernel/listening.ts';
import { isEventType, isWildcard, patternFault } from '../kernel/pattern.ts';
import type { EventDeclaration, EventField } from './model.ts';
import { compileListener, isReserved, RESERVED_FAMILIES, RESERVED_FIELDS, RESERVED_TYPES } from './reserved.ts';

const FIELD_TYPES = ['integer', 'number', 'string', 'boolean', 'list', 'map'] as const satisfies readonly FieldType[];

/** `events:`, the schema of each type. */
export function parseEvents(faults: Faults, node: DocumentNode | undefined): ReadonlyMap<string, EventDeclaration> {
  const declared = new Map<string, EventDeclaration>();
  if (node === undefined || isEmpty(node)) return declared;
  const entries = mapping(faults, node, 'a mapping from event types to their definition');
  if (entries === undefined || !withinBounds(faults, node, entries.size)) return declared;
  for (const [type, definition] of entries) {
    if (!isEventType(type)) {
      report(
        faults,
        definition,
        `"${type}" is no event type: expected small letters, digits, "_" and "-" in segments parted by "."`,
      );
      continue;
    }
    if (isReserved(type)) {
      report(faults, definition, `"${type}" is announced by Diana itself and cannot be declared`);
      continue;
    }
    declared.set(type, parseEvent(faults, type, definition));
  }
  return declared;
}

function parseEvent(faults: Faults, type: string, node: DocumentNode): EventDeclaration {
  const entries = isEmpty(node)
    ? undefined
    : fields(faults, node, ['data', 'public'], 'the definition of an event, as in { data: { files: integer } }');
  const open = entries?.get('public');
  const data = entries?.get('data');
  return {
    type,
    public: (open === undefined ? undefined : flag(faults, open)) ?? false,
    data: data === undefined ? null : parseFields(faults, data),
  };
}

function parseFields(faults: Faults, node: DocumentNode): ReadonlyMap<string, EventField> {
  const found = new Map<string, EventField>();
  for (const [name, type] of mapping(faults, node, 'a mapping from fields to types, as in { files: integer }') ?? []) {
    if (name === '__proto__' || name === '' || name.length > 100) {
      report(faults, type, 'the name of a field has 1 to 100 characters and is not "__proto__"');
      continue;
    }
    const written = text(
      faults,
      type,
      `a type, one of ${FIELD_TYPES.join(', ')}, with "?" at its end where the field may be left out`,
    );
    if (written === undefined) continue;
    const optional = written.endsWith('?');
    const bare = optional ? written.slice(0, -1) : written;
    const known = FIELD_TYPES.find((candidate) => candidate === bare);
    if (known === undefined)
      report(faults, type, `unknown type "${written}"${didYouMean(bare, FIELD_TYPES) || `; expected ${FIELD_TYPES.join(', ')}`}`);
    else found.set(name, { type: known, optional });
  }
  return found;
}

/** JSON Schema (draft 2020-12) of `events:`, for editors. */
export const eventsSchema = {
  description: 'What is known about events, by type: their data are checked when they arrive, and expressions against them.',
  type: ['object', 'null'],
  propertyNames: {
    pattern: '^[a-z][a-z0-9_-]*(\\.[a-z][a-z0-9_-]*){0,15}$',
    maxLength: 200,
    not: { anyOf: [{ enum: RESERVED_TYPES }, { pattern: `^(${RESERVED_FAMILIES.join('|')})\\.` }] },
  },
  maxProperties: 1_000,
  additionalProperties: {
    description: 'Declares a type of event; nothing needs to be said about it.',
    type: ['object', 'null'],
    properties: {
      data: {
        description: 'Fields of its data by name. Others may be there, too.',
        type: 'object',
        propertyNames: { minLength: 1, maxLength: 100, not: { const: '__proto__' } },
        additionalProperties: {
          description: 'Type of the field; with "?" at its end the field may be left out.',
          enum: FIELD_TYPES.flatMap((type) => [type, `${type}?`]),
        },
      },
      public: { description: 'Whether a client key may send it for its own user; false is the default.', type: 'boolean' },
    },
    additionalProperties: false,
  },
} as const;

/** Reads `on:` patterns against what is declared. */
export function createListen(declared: ReadonlyMap<string, EventDeclaration>, strict: boolean): Listen {
  const known = [...declared.keys(), ...RESERVED_TYPES];
  return (faults, node) => {
    const on = text(faults, node, 'an event type or a pattern, such as code.commit or code.*', 1_000);
    if (on === undefined) return undefined;
    const fault = patternFault(on);
    if (fault !== undefined) return report(faults, node, `"${on.slice(0, 60)}" is no pattern: ${fault}`);
    const first = on.slice(0, Math.max(0, on.indexOf('.')));
    if (isWildcard(on) && RESERVED_FAMILIES.some((family) => family === first)) {
      return report(faults, node, `"${on}" matches nothing: "*" does not match what Diana announces; name one type`);
    }
    const matches = compileListener(on);
    if (strict && !isReserved(on) && ![...declared.keys()].some(matches)) {
      return report(
        faults,
        node,
        `no declared event matches "${on}", and strictEvents refuses all others${didYouMean(on, known)}`,
      );
    }
    return { on, matches, data: dataOf(on, matches, declared, strict) };
  };
}

/** Fields that a listener may name: null unless every type that can reach it declares its data. */
function dataOf(
  on: string,
  matches: (type: string) => boolean,
  declared: ReadonlyMap<string, EventDeclaration>,
  strict: boolean,
): ReadonlyMap<string, FieldType | 'any'> | null {
  const announced = Object.hasOwn(RESERVED_FIELDS, on) ? RESERVED_FIELDS[on as keyof typeof RESERVED_FIELDS] : undefined;
  if (announced !== undefined) return new Map(Object.entries(announced));
  if (isWildcard(on) && !strict) return null;
  const all = [...declared.values()].filter(({ type }) => matches(type));
  if (all.length === 0) return null;
  const merged = new Map<string, FieldType | 'any'>();
  for (const { data } of all) {
    if (data === null) return null;
    for (const [name, { type }] of data) {
      const before = merged.get(name);
      merged.set(name, before === undefined || before === type ? type : 'any');
    }
  }
  return merged;
}
