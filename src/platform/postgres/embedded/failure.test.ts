import { describe, expect, test } from 'vitest';
import { asEmbeddedError, failureFrom } from './failure.ts';

/** Sentences as PostgreSQL 18 and the dynamic linkers write them. */
const said = [
  ['disk_full', 'FATAL:  could not write to file "pg_wal/xlogtemp.12422": No space left on device'],
  ['disk_full', 'FATAL:  could not extend file "base/1/2691": wrote only 4096 of 8192 bytes at block 10'],
  ['shared_memory', 'FATAL:  could not resize shared memory segment "/PostgreSQL.1" to 64 bytes: No space left on device'],
  ['missing_library', 'postgres: error while loading shared libraries: libxml2.so.2: cannot open shared object file'],
  ['missing_library', 'dyld[123]: Library not loaded: @rpath/libssl.dylib'],
  ['missing_library', "postgres: /lib/libc.so.6: version `GLIBC_2.34' not found (required by postgres)"],
  ['version_mismatch', 'FATAL:  database files are incompatible with server'],
  ['in_use', 'FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use'],
  ['permission', 'FATAL:  could not open file "global/pg_control": Permission denied'],
  ['start_failed', 'FATAL:  invalid value for parameter "shared_buffers": "plenty"'],
] as const;

describe('what a failed server said', () => {
  test.each(said)('is read as %s: %s', (code, line) => {
    const error = failureFrom('PostgreSQL did not start', `LOG:  starting\n${line}\n`);
    expect(error.code).toBe(code);
    expect(error.message).toContain(line);
  });

  test('has one wording with what the file system says', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    expect(asEmbeddedError('The server could not be started', full)).toMatchObject({ code: 'disk_full', cause: full });
  });
});
