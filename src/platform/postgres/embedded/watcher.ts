import { type ChildProcess, spawn } from 'node:child_process';
import type { EmbeddedLog } from './log.ts';
import { serverEnvironment } from './program.ts';
import { type ServerUser, spawnAs } from './server-user.ts';

/**
 * Ends the server when this process is gone, however it went: a shell in a session of its own holds the read end of a
 * pipe whose write end only we have, and the kernel closes that at our death. A signal to our whole process group does
 * not reach it. It checks postmaster.pid before it signals, since the server may have ended first and its number may
 * belong to another program by then.
 *
 * Fast shutdown first; after ten seconds the immediate one, after five more the kill that nothing withstands.
 */
const script = `
trap '' HUP INT TERM QUIT
read -r _
ours() { read -r first < postmaster.pid && [ "$first" = "$1" ]; }
for step in INT:100 QUIT:50 KILL:0; do
  ours "$1" 2>/dev/null || exit 0
  kill -"\${step%:*}" "$1" 2>/dev/null || exit 0
  tenths=\${step#*:}
  while [ "$tenths" -gt 0 ] && kill -0 "$1" 2>/dev/null; do sleep 0.1; tenths=$((tenths - 1)); done
done
`;

export interface Watcher {
  /** For when the server has ended before us. */
  dismiss(): void;
}

export interface Watched {
  readonly pid: number;
  readonly clusterDirectory: string;
  readonly user: ServerUser;
  readonly log: EmbeddedLog;
}

export function watchOver({ pid, clusterDirectory, user, log }: Watched): Watcher {
  let dismissed = false;
  let shell: ChildProcess;
  const post = (): void => {
    shell = spawn('/bin/sh', ['-c', script, 'diana-postgres-watcher', String(pid)], {
      ...spawnAs(user),
      cwd: clusterDirectory,
      env: serverEnvironment,
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    shell.stdin?.on('error', () => undefined);
    shell.on('error', (error) => log('warn', 'PostgreSQL runs without a watcher', { error: error.message }));
    shell.once('exit', () => {
      // Another was killed by the operator, or by the system for want of memory: a second's pause keeps a loop harmless.
      if (!dismissed) setTimeout(() => dismissed || post(), 1_000).unref();
    });
    shell.unref(); // It must not keep this process alive: its purpose is our end.
  };
  post();
  return {
    dismiss() {
      dismissed = true;
      shell.kill('SIGKILL');
    },
  };
}
