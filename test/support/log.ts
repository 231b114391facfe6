import type { Log } from '../../src/kernel/ports.ts';

const nothing = (): void => undefined;

/** Says nothing: for tests that look at behaviour alone. */
export const quietLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
