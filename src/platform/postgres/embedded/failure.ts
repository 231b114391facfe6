/** Why the embedded server could not be used; a closed list, most specific first. */
export type EmbeddedFailureCode =
  | 'unsupported_platform'
  | 'missing_package'
  | 'missing_library'
  | 'in_use'
  | 'version_mismatch'
  | 'not_a_cluster'
  | 'disk_full'
  | 'permission'
  | 'shared_memory'
  | 'unsafe_setting'
  | 'start_failed';

export class EmbeddedError extends Error {
  override readonly name = 'EmbeddedError';
  readonly code: EmbeddedFailureCode;

  constructor(code: EmbeddedFailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

interface Reading {
  readonly pattern: RegExp;
  readonly code: EmbeddedFailureCode;
  readonly advice: string;
}

/**
 * What PostgreSQL and the dynamic linker say, and what the operator should do about it. The first match wins: shared
 * memory stands before the disk, because both end in "No space left on device".
 */
const readings: readonly Reading[] = [
  {
    pattern: /shared memory segment|semget|shmget/i,
    code: 'shared_memory',
    advice: 'The system grants too little shared memory. In a container, enlarge /dev/shm (docker run --shm-size=256m).',
  },
  {
    pattern: /No space left on device|Check free disk space|wrote only \d+ of \d+ bytes|ENOSPC|Disk quota exceeded|EDQUOT/i,
    code: 'disk_full',
    advice: 'The disk is full. Free some space and start again; nothing that was acknowledged is lost.',
  },
  {
    pattern: /error while loading shared libraries|Library not loaded/i,
    code: 'missing_library',
    advice: 'A shared library is missing on this system. Install it, or set DIANA_DATABASE_URL to your own PostgreSQL.',
  },
  {
    pattern: /version `GLIBC\w*_[\d.]+' not found/i,
    code: 'missing_library',
    advice: 'The system C library is too old for these binaries. Set DIANA_DATABASE_URL to your own PostgreSQL.',
  },
  {
    pattern: /incompatible with server|initialized by PostgreSQL version/i,
    code: 'version_mismatch',
    advice: 'The cluster was made by another major version of PostgreSQL. Dump it with that version and restore it here.',
  },
  {
    pattern: /pre-existing shared memory block|lock file "postmaster\.pid" already exists/i,
    code: 'in_use',
    advice: 'Another PostgreSQL server uses this cluster. Stop it, or choose another DIANA_DATA_DIR.',
  },
  {
    pattern: /could not look up effective user ID/i,
    code: 'permission',
    advice: 'The current user id has no name. Add it to /etc/passwd, or run as a named user.',
  },
  {
    pattern: /Permission denied|EACCES|Operation not permitted|EPERM|Read-only file system|EROFS|wrong ownership/i,
    code: 'permission',
    advice: 'The files cannot be read or written by the user that runs the server. Check their owner and mode.',
  },
];

function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n').trim();
}

/** Turns what a failed program wrote into one error: what was tried, what to do, and the last lines it said. */
export function failureFrom(attempt: string, output: string, cause?: unknown): EmbeddedError {
  const reading = readings.find(({ pattern }) => pattern.test(output));
  const said = lastLines(output, 12);
  const message = [`${attempt}.`, reading?.advice, said && `It said:\n${said}`].filter(Boolean).join(' ');
  return new EmbeddedError(reading?.code ?? 'start_failed', message, cause === undefined ? {} : { cause });
}

/** File system errors read the same way, so that a full disk has one wording wherever it strikes. */
export function asEmbeddedError(attempt: string, error: unknown): EmbeddedError {
  return error instanceof EmbeddedError ? error : failureFrom(attempt, String(error), error);
}

export function hasErrorCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
