import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasErrorCode } from './failure.ts';
import type { EmbeddedLog } from './log.ts';
import { runningProcesses } from './process-table.ts';

/**
 * What a killed owner left running. It is stopped, never adopted: an adopted server is nobody's child, so its end would
 * go unnoticed; it may be another version with other settings; and the watcher of its dead owner is stopping it already.
 * A fresh start costs a second, and is the path that is tested every day.
 *
 * Server processes are found by the cluster name in their titles and by their account, not by postmaster.pid, which may
 * be missing, stale, or name an innocent program that got the same number. A server that escaped this search would
 * still be met by PostgreSQL's own interlock, which refuses to start a second one on the same files.
 */
export interface ServerIdentity {
  readonly clusterName: string;
  readonly uid: number;
}

interface ServerProcesses {
  readonly postmasters: readonly number[];
  readonly workers: readonly number[];
}

/** A fast shutdown writes a checkpoint; after that bound the immediate one, which costs a replay at the next start. */
const stopSteps: readonly { signal: NodeJS.Signals; patienceMs: number }[] = [
  { signal: 'SIGINT', patienceMs: 4_000 },
  { signal: 'SIGQUIT', patienceMs: 2_000 },
  { signal: 'SIGKILL', patienceMs: 5_000 },
];

async function findServer({ clusterName, uid }: ServerIdentity): Promise<ServerProcesses> {
  const own = (await runningProcesses()).filter((entry) => entry.uid === uid);
  const isWorker = (command: string) => command.startsWith(`postgres: ${clusterName}: `);
  const isPostmaster = (command: string) =>
    /^\/.*\/postgres -D /.test(command) && command.includes(`cluster_name=${clusterName}`);
  return {
    postmasters: own.filter(({ command }) => isPostmaster(command)).map(({ pid }) => pid),
    workers: own.filter(({ command }) => isWorker(command)).map(({ pid }) => pid),
  };
}

function send(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!hasErrorCode(error, 'ESRCH')) throw error; // Gone already is what we want.
    }
  }
}

/** Leaves no process of that server alive. */
export async function stopOrphans(identity: ServerIdentity, log: EmbeddedLog): Promise<void> {
  for (const { signal, patienceMs } of stopSteps) {
    const { postmasters, workers } = await findServer(identity);
    if (postmasters.length + workers.length === 0) return;
    log('warn', 'Stopping a PostgreSQL server that an ended process left behind', { postmasters, workers, signal });
    // Workers obey their postmaster. Without one they linger in their queries and hold the cluster's memory.
    if (postmasters.length > 0 && signal !== 'SIGKILL') send(postmasters, signal);
    else send([...postmasters, ...workers], signal === 'SIGINT' ? 'SIGQUIT' : signal);
    for (let waited = 0; waited < patienceMs; waited += 50) {
      await sleep(50);
      const left = await findServer(identity);
      if (left.postmasters.length + left.workers.length === 0) return;
    }
  }
}

/**
 * With no such server alive, its postmaster.pid is stale. PostgreSQL itself would believe it as soon as any process of
 * the same account has that number.
 */
export async function removeStalePidFile(clusterDirectory: string): Promise<void> {
  await rm(join(clusterDirectory, 'postmaster.pid'), { force: true });
}
