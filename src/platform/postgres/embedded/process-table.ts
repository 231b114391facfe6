import { execFile } from 'node:child_process';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';

/**
 * Who a process is, beyond its number. A process id alone says little: after a crash, and always in a container, the
 * same number soon belongs to another program. Linux is read through /proc, since slim images have no `ps`; the rest
 * through `ps`. Nothing here relies on reading another user's /proc/<pid>/cwd or exe: root in a container may not.
 */
const run = promisify(execFile);
const linux = process.platform === 'linux';

export interface RunningProcess {
  readonly pid: number;
  readonly uid: number;
  /** Arguments separated by blanks, as the program shows itself. */
  readonly command: string;
}

/** Where a process id has a meaning: this machine, since this boot, in this container. */
export interface ProcessSpace {
  readonly host: string;
  readonly boot: string;
  readonly namespace: string;
}

export async function processSpace(): Promise<ProcessSpace> {
  if (!linux) return { host: hostname(), boot: '', namespace: '' };
  const [boot, namespace] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  return { host: hostname(), boot: boot.trim(), namespace };
}

/** A mark that two processes with the same id do not share; undefined when no such process lives (a zombie is dead). */
export async function startMark(pid: number): Promise<string | undefined> {
  if (!linux) {
    const { stdout } = await run('/bin/ps', ['-o', 'stat=,lstart=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
    const [state, ...started] = stdout.trim().split(/\s+/);
    return !state || state.startsWith('Z') ? undefined : started.join(' ');
  }
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The program name stands in parentheses and may itself hold blanks: fields are counted from the last parenthesis.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  return !state || state === 'Z' || state === 'X' ? undefined : fields[19];
}

export async function runningProcesses(): Promise<RunningProcess[]> {
  return linux ? fromProc() : fromPs();
}

async function fromProc(): Promise<RunningProcess[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        const [command, { uid }] = await Promise.all([readFile(`/proc/${pid}/cmdline`, 'utf8'), stat(`/proc/${pid}`)]);
        return { pid, uid, command: command.replaceAll('\0', ' ').trim() };
      } catch {
        return undefined; // It ended while we looked.
      }
    }),
  );
  return found.filter((entry) => entry !== undefined && entry.command !== '') as RunningProcess[];
}

async function fromPs(): Promise<RunningProcess[]> {
  const { stdout } = await run('/bin/ps', ['-axww', '-o', 'pid=,uid=,command='], { maxBuffer: 16 * 1024 * 1024 });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, uid, command] = /^\s*(\d+)\s+(\d+)\s+(.*\S)\s*$/.exec(line) ?? [];
    return command === undefined ? [] : [{ pid: Number(pid), uid: Number(uid), command }];
  });
}
