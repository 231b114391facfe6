/** The configuration, read once from the environment; all faults are told together. */
export interface Config {
  /** Null: an embedded PostgreSQL in `dataDirectory`. */
  readonly databaseUrl: string | null;
  readonly dataDirectory: string;
  readonly host: string;
  readonly port: number;
  /** Path of a catalog to apply at start when it differs; null: the one in the database. */
  readonly catalog: string | null;
  readonly adminKey: string | null;
  readonly logLevel: LogLevel;
  /** Most requests waiting or under way before new ones are refused `busy`. */
  readonly queue: number;
  /** Milliseconds after which a silent database counts as away. */
  readonly databaseTimeout: number;
  /** Requests a minute for one client key; for all of one address. 0: no limit. */
  readonly clientLimit: number;
  readonly addressLimit: number;
  /** Believe X-Forwarded-For: only behind a proxy of your own. */
  readonly trustProxy: boolean;
  /** Null: no relay to Redis. */
  readonly redisUrl: string | null;
  /** Webhooks may go to private addresses. */
  readonly webhookPrivate: boolean;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(
      `the configuration has ${faults.length} fault${faults.length === 1 ? '' : 's'}:\n${faults.map((f) => `  - ${f}`).join('\n')}`,
    );
    this.faults = faults;
  }
}

/** Name, default and meaning of every variable: the reference is generated from it. */
export const VARIABLES = {
  DIANA_DATABASE_URL: {
    default: '',
    means: 'PostgreSQL 15 or newer, as postgres://user:password@host/database. Unset: an embedded PostgreSQL in DIANA_DATA_DIR.',
  },
  DIANA_DATA_DIR: { default: '.diana', means: 'Directory of the embedded PostgreSQL.' },
  DIANA_HOST: { default: '127.0.0.1', means: 'Address to listen on.' },
  DIANA_PORT: { default: '7700', means: 'Port to listen on; 0 picks a free one.' },
  DIANA_CATALOG: { default: '', means: 'Catalog file to apply at start when it differs from the one in force.' },
  DIANA_ADMIN_KEY: {
    default: '',
    means: 'Sets the first admin key, 16 characters or more. Unset: one is made at the first start and printed once.',
  },
  DIANA_LOG_LEVEL: { default: 'info', means: `One of ${LOG_LEVELS.join(', ')}.` },
  DIANA_QUEUE: { default: '20000', means: 'Most events waiting or under way; beyond it, requests get 503 with Retry-After.' },
  DIANA_DATABASE_TIMEOUT: { default: '4000', means: 'Milliseconds after which a database that does not answer counts as away.' },
  DIANA_CLIENT_LIMIT: { default: '600', means: 'Requests a minute for each client key; 0 for no limit.' },
  DIANA_ADDRESS_LIMIT: { default: '0', means: 'Requests a minute for each address; 0 for no limit.' },
  DIANA_TRUST_PROXY: {
    default: 'false',
    means: 'true: take the client address from X-Forwarded-For. Only behind a proxy of your own.',
  },
  DIANA_REDIS_URL: {
    default: '',
    means:
      'Redis 7 or newer, alone or a cluster, as redis://host:port or rediss://user:password@host:port; several, separated by commas, are ways into one cluster. Events are relayed to its streams. Unset: no Redis.',
  },
  DIANA_WEBHOOK_PRIVATE: {
    default: 'false',
    means: 'true: webhooks may go to private addresses, such as localhost. Only where everybody who makes them may reach those.',
  },
} as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws `ConfigError` with every fault. */
export function readConfig(environment: Environment = process.env): Config {
  const faults: string[] = [];
  const text = (name: keyof typeof VARIABLES): string => {
    const given = environment[name];
    return given === undefined || given === '' ? VARIABLES[name].default : given;
  };
  const integer = (name: keyof typeof VARIABLES, from: number, to: number): number => {
    const value = Number(text(name));
    if (!Number.isInteger(value) || value < from || value > to) {
      faults.push(`${name} must be an integer from ${from} to ${to}, not "${text(name)}"`);
    }
    return value;
  };
  for (const name of Object.keys(environment)) {
    if (name.startsWith('DIANA_') && !(name in VARIABLES)) {
      faults.push(`${name} is no variable of Diana (${Object.keys(VARIABLES).join(', ')})`);
    }
  }
  const databaseUrl = text('DIANA_DATABASE_URL');
  if (databaseUrl !== '' && !/^postgres(ql)?:\/\/./.test(databaseUrl)) {
    // The value may hold a password: it is not repeated.
    faults.push('DIANA_DATABASE_URL must begin with postgres://');
  }
  const adminKey = text('DIANA_ADMIN_KEY');
  if (adminKey !== '' && !/^[\x21-\x7e]{16,512}$/.test(adminKey)) {
    faults.push('DIANA_ADMIN_KEY must be 16 to 512 printable characters without blanks');
  }
  const logLevel = text('DIANA_LOG_LEVEL');
  if (!LOG_LEVELS.some((level) => level === logLevel))
    faults.push(`DIANA_LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}, not "${logLevel}"`);
  const trustProxy = text('DIANA_TRUST_PROXY');
  if (trustProxy !== 'true' && trustProxy !== 'false')
    faults.push(`DIANA_TRUST_PROXY must be true or false, not "${trustProxy}"`);
  const redisUrl = text('DIANA_REDIS_URL');
  if (redisUrl !== '' && !redisUrl.split(',').every((one) => /^rediss?:\/\/./.test(one.trim())))
    faults.push('DIANA_REDIS_URL must begin with redis:// or rediss://');
  const webhookPrivate = text('DIANA_WEBHOOK_PRIVATE');
  if (webhookPrivate !== 'true' && webhookPrivate !== 'false')
    faults.push(`DIANA_WEBHOOK_PRIVATE must be true or false, not "${webhookPrivate}"`);
  const config: Config = {
    databaseUrl: databaseUrl === '' ? null : databaseUrl,
    dataDirectory: text('DIANA_DATA_DIR'),
    host: text('DIANA_HOST'),
    port: integer('DIANA_PORT', 0, 65_535),
    catalog: text('DIANA_CATALOG') === '' ? null : text('DIANA_CATALOG'),
    adminKey: adminKey === '' ? null : adminKey,
    logLevel: logLevel as LogLevel,
    queue: integer('DIANA_QUEUE', 1_000, 10_000_000),
    databaseTimeout: integer('DIANA_DATABASE_TIMEOUT', 100, 600_000),
    clientLimit: integer('DIANA_CLIENT_LIMIT', 0, 100_000_000),
    addressLimit: integer('DIANA_ADDRESS_LIMIT', 0, 100_000_000),
    trustProxy: trustProxy === 'true',
    redisUrl: redisUrl === '' ? null : redisUrl,
    webhookPrivate: webhookPrivate === 'true',
  };
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}
