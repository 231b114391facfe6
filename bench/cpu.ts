import { readdirSync, readFileSync } from 'node:fs';

/** Processor time in seconds, since the meter was made. On a busy machine it says more than the clock does. */
export interface CpuTime {
  readonly node: number;
  /** NaN where the system does not tell (it takes /proc). */
  readonly postgres: number;
}

export interface CpuMeter {
  /** Processor time spent while `work` ran. */
  during<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly spent: CpuTime }>;
}

/** Clock ticks a second of /proc, the same on every Linux that Node runs on. */
const TICKS = 100;

export function createCpuMeter(pidFile: string): CpuMeter {
  return {
    async during(work) {
      const node = process.cpuUsage();
      const before = serverSeconds(pidFile);
      const result = await work();
      const { user, system } = process.cpuUsage(node);
      return { result, spent: { node: (user + system) / 1e6, postgres: serverSeconds(pidFile) - before } };
    },
  };
}

/** The postmaster, its children, and those of them that have ended. */
function serverSeconds(pidFile: string): number {
  try {
    const postmaster = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
    let ticks = 0;
    for (const name of readdirSync('/proc')) {
      const pid = Number(name);
      if (!Number.isInteger(pid)) continue;
      const stat = statOf(pid);
      if (pid === postmaster) ticks += stat.own + stat.ended;
      else if (stat.parent === postmaster) ticks += stat.own;
    }
    return ticks / TICKS;
  } catch {
    return Number.NaN;
  }
}

/** Fields of proc_pid_stat(5): ppid is the 4th, utime stime cutime cstime the 14th to 17th. */
function statOf(pid: number): { readonly parent: number; readonly own: number; readonly ended: number } {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const at = (n: number): number => fields[n - 3] ?? 0;
    return { parent: at(4), own: at(14) + at(15), ended: at(16) + at(17) };
  } catch {
    return { parent: 0, own: 0, ended: 0 };
  }
}
