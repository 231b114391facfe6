import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterView } from './cluster.ts';
import { failureFrom } from './failure.ts';
import { type EmbeddedLog, openServerLog, readServerLog } from './log.ts';
import { type Ended, ended, serverEnvironment } from './program.ts';
import { type ServerUser, spawnAs } from './server-user.ts';
import { watchOver } from './watcher.ts';

/** One run of the server program, from its start to its end. */
export interface Postmaster {
  readonly pid: number;
  readonly exited: Promise<Ended>;
  /** Waits for open connections briefly, then ends them; resolves when the server is gone. */
  stop(): Promise<void>;
}

export interface LaunchSpec {
  readonly program: string;
  readonly cluster: ClusterView;
  readonly user: ServerUser;
  readonly settings: Readonly<Record<string, string>>;
  readonly logPath: string;
  readonly log: EmbeddedLog;
}

/**
 * Smart lets clients finish, but idle pools never do, hence briefly. Fast ends them and writes a checkpoint, which on a
 * slow disk takes its time. Immediate costs a replay at the next start and loses nothing.
 */
const stopSteps: readonly { signal: NodeJS.Signals; patienceMs: number }[] = [
  { signal: 'SIGTERM', patienceMs: 1_500 },
  { signal: 'SIGINT', patienceMs: 20_000 },
  { signal: 'SIGQUIT', patienceMs: 5_000 },
];

/** Often enough that a start costs no noticeable wait. */
const readyPollMs = 20;
/** Replaying the log after a crash may take minutes and must not be cut short; the operator is told it goes on. */
const patienceNoticeMs = 10_000;

async function within(exited: Promise<Ended>, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(milliseconds, false, { signal: timer.signal }).catch(() => false);
  const done = await Promise.race([exited.then(() => true), late]);
  timer.abort();
  return done;
}

async function stopChild(child: ChildProcess, exited: Promise<Ended>): Promise<void> {
  for (const { signal, patienceMs } of stopSteps) {
    child.kill(signal);
    if (await within(exited, patienceMs)) return;
  }
  child.kill('SIGKILL');
  await exited;
}

/** The server writes its state into the eighth line of postmaster.pid: the sign that pg_ctl waits for, too. */
async function isReady(clusterDirectory: string, pid: number): Promise<boolean> {
  const lines = (await readFile(join(clusterDirectory, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}

/**
 * Starts the server and resolves when it accepts connections. Rejects with an `EmbeddedError` that quotes the server's
 * log when it ends before, and with the signal's reason when `signal` aborts the start.
 */
export async function launch(spec: LaunchSpec, signal: AbortSignal): Promise<Postmaster> {
  const attempt = 'PostgreSQL did not start';
  const output = await openServerLog(spec.logPath);
  const logStart = (await output.stat()).size;
  const settings = Object.entries(spec.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(spec.program, ['-D', spec.cluster.serverPath, ...settings], {
    ...spawnAs(spec.user),
    cwd: spec.cluster.directory,
    env: serverEnvironment,
    stdio: ['ignore', output.fd, output.fd],
    detached: true, // The terminal's Ctrl-C is for us: we drain first, then stop the server.
  });
  const exited = ended(child);
  exited.catch(() => undefined); // Awaited below; a failed spawn must not count as unhandled before.
  await output.close();
  if (child.pid === undefined) {
    throw await exited.then(
      () => failureFrom(attempt, ''),
      (error: unknown) => failureFrom(attempt, String(error), error),
    );
  }
  const watcher = watchOver({ ...spec, pid: child.pid, clusterDirectory: spec.cluster.directory });
  exited.then(watcher.dismiss, watcher.dismiss);

  const started = Date.now();
  let notices = 0;
  while (!(await isReady(spec.cluster.directory, child.pid))) {
    if (signal.aborted) {
      await stopChild(child, exited);
      throw signal.reason;
    }
    if (await within(exited, readyPollMs)) throw failureFrom(attempt, await readServerLog(spec.logPath, logStart));
    if (Date.now() - started > (notices + 1) * patienceNoticeMs) {
      notices += 1;
      reportPatience(spec, started);
    }
  }
  return { pid: child.pid, exited, stop: () => stopChild(child, exited) };
}

function reportPatience(spec: LaunchSpec, started: number): void {
  const seconds = Math.round((Date.now() - started) / 1_000);
  spec.log('warn', 'PostgreSQL is still starting: it replays its log after a crash', { seconds, log: spec.logPath });
}
