import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { pointerToken, textFault } from '../../kernel/json.ts';
import { ProblemError } from './problems.ts';

type Validated = { readonly value: unknown } | { readonly error: ProblemError };
type Validator = (given: unknown) => Validated;

/** Where a part of the request stands in the `path` of a problem; the body is the root. */
const PREFIX: Readonly<Record<string, string>> = { body: '', params: '/params', querystring: '/query', headers: '/headers' };

/** Turns the schemas of a route into checks. The same schemas make the API description. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const prefix = PREFIX[httpPart ?? 'body'] ?? '';
  if (httpPart === 'body') return bodyValidator(schema);
  // A header is described where a route goes by it; there are always others.
  if (httpPart === 'headers') return () => true;
  return textValidator(schema, prefix);
};

/**
 * For routes whose body is parsed by the part of the product that it is for: there the schema describes, and the
 * parser decides.
 */
export const describingBodyCompiler: FastifySchemaCompiler<TSchema> = (part) =>
  part.httpPart === 'body' ? () => true : validatorCompiler(part);

/** For routes whose body may be left out, which says the same as an empty object. */
export const optionalBodyCompiler: FastifySchemaCompiler<TSchema> = (part) => {
  const check = validatorCompiler(part);
  return part.httpPart === 'body' ? (value: unknown) => check(value ?? {}) : check;
};

function bodyValidator(schema: TSchema): Validator {
  const check = Compile(schema);
  return (value) => {
    // The framework shows a missing body as null.
    if (value === null) return fault('', 'a JSON object is required');
    return check.Check(value) ? { value } : fault(...firstError(check, value, ''));
  };
}

interface Property {
  readonly type?: string;
  readonly maxLength?: number;
  readonly default?: unknown;
}

/** Parameters come as text. Only a plain decimal is a number: not `''`, `0x10`, `1e3` or `5.5`; only `true` and `false` are booleans. */
function textValidator(schema: TSchema, prefix: string): Validator {
  const check = Compile(schema);
  const properties = Object.entries((schema as { properties?: Record<string, Property> }).properties ?? {});
  const known = new Map(properties);
  return (given) => {
    const texts = given as Readonly<Record<string, unknown>>;
    for (const name of Object.keys(texts)) {
      const at = `${prefix}/${pointerToken(name)}`;
      const property = known.get(name);
      if (property === undefined) return fault(at, `is no parameter here (${[...known.keys()].join(', ') || 'there is none'})`);
      const value = texts[name];
      if (Array.isArray(value)) return fault(at, 'is given more than once');
      const wrong = typeof value === 'string' ? (textFault(value) ?? lengthFault(value, property.maxLength)) : undefined;
      if (wrong !== undefined) return fault(at, wrong);
    }
    const value: Record<string, unknown> = {};
    for (const [name, property] of properties) {
      const text = texts[name];
      if (text !== undefined) value[name] = valueOf(text, property.type);
      else if (property.default !== undefined) value[name] = property.default;
    }
    return check.Check(value) ? { value } : fault(...firstError(check, value, prefix));
  };
}

/** Counted in UTF-16 units, as everywhere in the product; the schema by itself counts code points. */
function lengthFault(text: string, max = Number.POSITIVE_INFINITY): string | undefined {
  return text.length > max ? `must be at most ${max} characters` : undefined;
}

/** What is no value of its type stays text, which the schema then refuses. */
function valueOf(text: unknown, type: string | undefined): unknown {
  if (typeof text !== 'string') return text;
  if (type === 'integer' && /^-?\d{1,16}$/.test(text)) return Number(text);
  return type === 'boolean' && (text === 'true' || text === 'false') ? text === 'true' : text;
}

function fault(path: string, message: string): { readonly error: ProblemError } {
  return { error: new ProblemError('malformed', message, path) };
}

function firstError(check: ReturnType<typeof Compile>, value: unknown, prefix: string): [path: string, message: string] {
  const error = check.Errors(value)[0];
  if (error === undefined) return [prefix, 'does not have the required shape'];
  const path = `${prefix}${error.instancePath}`;
  const params = error.params as { readonly requiredProperties?: readonly string[] };
  if (error.keyword === 'required' && params.requiredProperties?.[0] !== undefined) {
    return [`${path}/${pointerToken(params.requiredProperties[0])}`, 'is required'];
  }
  // What TypeBox says of a field that a closed object does not have.
  if (error.message === 'schema is false') return [path, 'is no field here'];
  return [path, error.message];
}
