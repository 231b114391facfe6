import { type Logger, pino } from 'pino';
import type { LogLevel } from './config.ts';

/** Names under which a secret may turn up. */
const SECRETS = ['authorization', 'password', 'secret', 'token', 'key', 'adminKey', 'url', 'databaseUrl'];

/** Structured lines on standard error, so that standard output stays free for answers. */
export function createLog(level: LogLevel): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}
