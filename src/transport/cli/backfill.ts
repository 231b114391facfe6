import type { BackfillStatus } from '../../engine/index.ts';
import { valueOf } from './outcome.ts';
import type { Output } from './output.ts';
import type { CliApp } from './port.ts';

/** Does what is left of every backfill, with a bar. What breaks off is resumed by `diana backfill`. */
export async function runBackfill(app: CliApp, output: Output): Promise<BackfillStatus | null> {
  const progress = output.progress('backfill');
  const outcome = await app.engine.backfills.run(({ done, total }) => progress.update(done, total)).finally(() => progress.end());
  return valueOf(outcome);
}

export function backfillText(status: BackfillStatus | null): string {
  if (status === null) return 'no backfill was ever begun (diana apply FILE --backfill)';
  const { version, done, failed, silent } = status;
  const users = `${done.toLocaleString('en-US')} ${done === 1 ? 'user' : 'users'}`;
  const how = silent ? ', silently' : '';
  const rest =
    failed === 0 ? '' : `; ${failed.toLocaleString('en-US')} of them without unlocks or values, because something refused them`;
  return `what version ${version} began is computed for ${users}${how}${rest}`;
}
