import { Type } from 'typebox';
import { MAX_USER } from './schemas.ts';

export const BoardParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: MAX_USER }) });

/** As long as the name of a season may be. */
export const PERIOD_KEYS = {
  minLength: 1,
  maxLength: 64,
  description:
    '`current`, `previous`, or a key: 2026-11-21, 2026-W47, 2026-11, 2026, all; of a cron pattern 2026-11-20T18-00; the name of a season',
} as const;
