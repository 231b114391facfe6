import { compileFilter } from '../kernel/conditions/index.ts';
import { nameFault } from '../kernel/document-names.ts';
import { pointerToken } from '../kernel/json.ts';
import { type Outcome, refused } from '../kernel/outcome.ts';
import { patternFault } from '../kernel/pattern.ts';
import { parseTime } from '../kernel/time.ts';
import { KINDS, type SubscriptionKind, type SubscriptionSettings } from './model.ts';
import { secretFault } from './signature.ts';

/** Where a subscription begins: with the first event, with the next one, behind a position, or with what was recorded from a time on. */
export type Start = 'beginning' | 'now' | { readonly position: number } | { readonly time: number };

/** What somebody asks for. */
export interface NewSubscription {
  readonly name: string;
  readonly kind: SubscriptionKind;
  readonly types: readonly string[];
  readonly filter: string | null;
  readonly from: Start;
  readonly settings: SubscriptionSettings;
  /** Of a webhook: one of the caller's own; undefined: make one. */
  readonly secret: string | undefined;
}

/** Changes to one; what is undefined stays. */
export interface SubscriptionChange {
  readonly types: readonly string[] | undefined;
  readonly filter: string | null | undefined;
  readonly settings: Partial<SubscriptionSettings>;
}

const MINUTE = 60_000;

const COMMON = {
  breaker: { threshold: 10, window: MINUTE, coolDown: 30_000, probes: 1 },
  order: 'user',
  timeout: 10_000,
  url: null,
  stream: null,
  partitions: 16,
  retain: 100_000,
} as const;

/** By kind: a handler is a function call away, a webhook across the world. */
export const DEFAULTS: Readonly<Record<SubscriptionKind, SubscriptionSettings>> = {
  handler: {
    ...COMMON,
    retry: { attempts: 8, base: 200, cap: MINUTE },
    concurrency: 1,
    drainRate: 0,
    transaction: 'batch',
  },
  // Over about two hours on average, and four at most.
  webhook: {
    ...COMMON,
    retry: { attempts: 16, base: 1_000, cap: 60 * MINUTE },
    concurrency: 16,
    drainRate: 500,
    transaction: 'batch',
  },
  redis: {
    ...COMMON,
    retry: { attempts: 8, base: 1_000, cap: MINUTE },
    concurrency: 1,
    drainRate: 0,
    transaction: 'batch',
    stream: 'diana',
  },
};

const MAX_TYPES = 100;
const FIELDS = ['types', 'filter', 'url', 'order', 'concurrency', 'timeout', 'drainRate', 'retry', 'breaker', 'retain'] as const;
const NEW_FIELDS = [...FIELDS, 'name', 'kind', 'from', 'secret', 'stream', 'partitions', 'transaction'] as const;

/** A fault at a path; thrown and caught within this file alone. */
class Fault extends Error {
  readonly path: string;
  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

function outcome<T>(read: () => T): Outcome<T> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (error instanceof Fault) return refused({ code: 'malformed', path: error.path, message: error.message });
    throw error;
  }
}

export function parseNew(raw: unknown): Outcome<NewSubscription> {
  return outcome(() => {
    const given = object(raw, '', NEW_FIELDS);
    const name = given['name'];
    if (typeof name !== 'string') throw new Fault('/name', 'is required: the name of the subscription');
    const wrong = nameFault(name);
    if (wrong !== undefined) throw new Fault('/name', wrong);
    const kind = oneOf(given['kind'] ?? (given['url'] === undefined ? undefined : 'webhook'), '/kind', KINDS);
    const settings = { ...DEFAULTS[kind], ...parseSettings(given, kind, DEFAULTS[kind]) };
    if (kind === 'webhook' && settings.url === null) throw new Fault('/url', 'is required: where events are posted to');
    const secret = given['secret'];
    const fault = secret === undefined ? undefined : typeof secret === 'string' ? secretFault(secret) : 'must be text';
    if (fault !== undefined) throw new Fault('/secret', fault);
    if (secret !== undefined && kind !== 'webhook') throw new Fault('/secret', 'belongs to webhooks only');
    return {
      name,
      kind,
      types: types(given['types']),
      filter: filter(given['filter']) ?? null,
      from: start(given['from'] ?? 'now', '/from'),
      settings,
      secret: secret as string | undefined,
    };
  });
}

/** `present`: what a part of a setting that is left out stays. */
export function parseSubscriptionChange(
  raw: unknown,
  kind: SubscriptionKind,
  present: SubscriptionSettings,
): Outcome<SubscriptionChange> {
  return outcome(() => {
    const given = object(raw, '', FIELDS);
    return {
      types: given['types'] === undefined ? undefined : types(given['types']),
      filter: filter(given['filter']),
      settings: parseSettings(given, kind, present),
    };
  });
}

export function parseStart(raw: unknown, path: string): Outcome<Start> {
  return outcome(() => start(raw, path));
}

type Given = Readonly<Record<string, unknown>>;

function parseSettings(given: Given, kind: SubscriptionKind, defaults: SubscriptionSettings): Partial<SubscriptionSettings> {
  const only = (name: string, owner: SubscriptionKind): void => {
    if (given[name] !== undefined && kind !== owner) throw new Fault(`/${name}`, `belongs to a ${owner} only`);
  };
  only('url', 'webhook');
  for (const name of ['stream', 'partitions', 'retain']) only(name, 'redis');
  only('transaction', 'handler');
  const optional = <K extends keyof SubscriptionSettings>(
    name: K,
    read: (value: unknown, path: string) => SubscriptionSettings[K],
  ) => (given[name] === undefined ? {} : { [name]: read(given[name], `/${name}`) });
  const whole = (least: number, most: number) => (value: unknown, path: string) => integer(value, path, least, most);
  return {
    ...optional('url', address),
    ...optional('order', (value, path) => oneOf(value, path, ['user', 'none'])),
    ...optional('concurrency', whole(1, 100)),
    ...optional('timeout', whole(10, 300_000)),
    ...optional('drainRate', whole(0, 1_000_000)),
    ...optional('retain', whole(1_000, 100_000_000)),
    ...optional('partitions', whole(1, 1_024)),
    ...optional('stream', prefix),
    ...optional('transaction', (value, path) => oneOf(value, path, ['batch', 'each'])),
    ...optional('retry', (value, path) => {
      const { attempts, base, cap } = object(value, path, ['attempts', 'base', 'cap']);
      return {
        attempts: integer(attempts ?? defaults.retry.attempts, `${path}/attempts`, 1, 100),
        base: integer(base ?? defaults.retry.base, `${path}/base`, 1, 3_600_000),
        cap: integer(cap ?? defaults.retry.cap, `${path}/cap`, 1, 86_400_000),
      };
    }),
    ...optional('breaker', (value, path) => {
      const { threshold, window, coolDown, probes } = object(value, path, ['threshold', 'window', 'coolDown', 'probes']);
      return {
        threshold: integer(threshold ?? defaults.breaker.threshold, `${path}/threshold`, 1, 10_000),
        window: integer(window ?? defaults.breaker.window, `${path}/window`, 100, 3_600_000),
        coolDown: integer(coolDown ?? defaults.breaker.coolDown, `${path}/coolDown`, 10, 3_600_000),
        probes: integer(probes ?? defaults.breaker.probes, `${path}/probes`, 1, 100),
      };
    }),
  };
}

function object(value: unknown, path: string, known: readonly string[]): Given {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Fault(path, 'must be an object');
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) throw new Fault(`${path}/${pointerToken(name)}`, `is not known here (${known.join(', ')})`);
  }
  return value as Given;
}

function oneOf<T extends string>(value: unknown, path: string, choices: readonly T[]): T {
  const choice = choices.find((one) => one === value);
  if (choice === undefined) throw new Fault(path, `must be one of ${choices.join(', ')}`);
  return choice;
}

function integer(value: unknown, path: string, least: number, most: number): number {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
    throw new Fault(path, `must be an integer from ${least} to ${most}`);
  }
  return value as number;
}

function types(value: unknown): readonly string[] {
  const list = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_TYPES)
    throw new Fault('/types', `must be a pattern over event types, such as "game.*", or a list of 1 to ${MAX_TYPES}`);
  for (const [i, pattern] of list.entries()) {
    const fault = typeof pattern === 'string' ? patternFault(pattern) : 'must be text';
    if (fault !== undefined) throw new Fault(typeof value === 'string' ? '/types' : `/types/${i}`, `is no pattern: ${fault}`);
  }
  return [...new Set(list as string[])];
}

/** Characters. */
const MAX_FILTER = 4_000;

function filter(value: unknown): string | null | undefined {
  if (value === undefined || value === null) return value;
  if (typeof value !== 'string' || value.length > MAX_FILTER)
    throw new Fault(
      '/filter',
      `must be a condition in CEL of at most ${MAX_FILTER} characters, such as "event.data.amount > 10"`,
    );
  const compiled = compileFilter(value);
  if (!compiled.ok) throw new Fault('/filter', compiled.message);
  return value;
}

function start(value: unknown, path: string): Start {
  if (value === 'beginning' || value === 'now') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return { position: value };
  const time = typeof value === 'string' ? parseTime(value) : undefined;
  if (time !== undefined) return { time: time.ms };
  throw new Fault(path, 'must be "beginning", "now", a position of the log, or an RFC 3339 time');
}

function address(value: unknown, path: string): string {
  let url: URL | undefined;
  try {
    url = typeof value === 'string' && value.length <= 2_000 ? new URL(value) : undefined;
  } catch {
    url = undefined;
  }
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new Fault(path, 'must be an address that begins with https:// or http://');
  if (url.username !== '' || url.password !== '')
    throw new Fault(path, 'must not hold a user or a password: what is posted is signed, and addresses are shown');
  return url.toString();
}

function prefix(value: unknown, path: string): string {
  if (typeof value !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9:._-]{0,99}$/.test(value))
    throw new Fault(path, 'must be a prefix of keys: letters, digits, ":", ".", "_" and "-"');
  return value;
}
