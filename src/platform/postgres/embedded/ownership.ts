import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasErrorCode } from './failure.ts';
import { type ProcessSpace, processSpace, startMark } from './process-table.ts';

/**
 * Who may run the server of a data directory.
 *
 * `<data>/owner/` holds numbered claims; the highest number counts. A claim is created exclusively, so a number has one
 * author. Whoever finds the highest claim released or its author dead creates the next number, then looks again: a
 * higher one means another was faster, and the own one is withdrawn. The highest claim is never deleted, only marked
 * released, so numbers never repeat and a slow contender cannot revive an old one. That makes two simultaneous starts
 * and a takeover after `kill -9` safe without a lock that Node cannot take. A claim names its author by process id AND
 * start time, so a recycled id is not mistaken for the author.
 *
 * Process ids mean nothing across containers that share a volume; there the claim's modification time is watched for a
 * heartbeat. PostgreSQL's own interlock stands behind all this as the last guard.
 */
export interface Claim {
  readonly number: number;
  readonly pid: number;
  /** See `startMark`. */
  readonly started: string;
  readonly space: ProcessSpace;
  /** ISO 8601. */
  readonly since: string;
  readonly released: boolean;
}

export interface HeldClaim {
  readonly claim: Claim;
  release(): Promise<void>;
}

export type ClaimOutcome = { readonly held: HeldClaim } | { readonly holder: Claim };

/** A touch is one cheap system call; the watch spans three of them, so that a single slow disk write is forgiven. */
const heartbeatMs = 2_000;
const heartbeatWatchMs = 7_000;
/** A claim without content is being written, or was cut short by a power loss: this long it gets the benefit. */
const halfWrittenMs = 1_000;

function claimPath(directory: string, number: number): string {
  return join(directory, 'owner', String(number));
}

async function claimNumbers(directory: string): Promise<number[]> {
  const names = await readdir(join(directory, 'owner'));
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

async function readClaim(directory: string, number: number): Promise<Claim | 'gone' | 'unreadable'> {
  for (let waited = 0; ; waited += 100) {
    try {
      return JSON.parse(await readFile(claimPath(directory, number), 'utf8')) as Claim;
    } catch (error) {
      if (hasErrorCode(error, 'ENOENT')) return 'gone';
      if (!(error instanceof SyntaxError)) throw error;
      if (waited >= halfWrittenMs) return 'unreadable';
      await sleep(100);
    }
  }
}

/** The claim that counts, dead or alive. */
async function topClaim(directory: string): Promise<{ number: number; claim: Claim | undefined }> {
  for (;;) {
    const number = Math.max(0, ...(await claimNumbers(directory)));
    if (number === 0) return { number, claim: undefined };
    const claim = await readClaim(directory, number);
    if (claim !== 'gone') return { number, claim: claim === 'unreadable' ? undefined : claim };
  }
}

async function beats(directory: string, number: number): Promise<boolean> {
  const touched = async () => (await stat(claimPath(directory, number)).catch(() => undefined))?.mtimeMs;
  const before = await touched();
  for (let waited = 0; waited < heartbeatWatchMs; waited += 500) {
    await sleep(500);
    if ((await touched()) !== before) return true;
  }
  return false;
}

/** Whether the author of a claim still lives and has not released it. */
export async function isHeld(directory: string, claim: Claim): Promise<boolean> {
  if (claim.released) return false;
  const here = await processSpace();
  if (here.host === claim.space.host && here.boot !== claim.space.boot) return false;
  const comparable = here.host === claim.space.host && here.namespace === claim.space.namespace;
  return comparable ? (await startMark(claim.pid)) === claim.started : beats(directory, claim.number);
}

/** Takes the data directory, or says who has it. */
export async function claimOwnership(directory: string): Promise<ClaimOutcome> {
  await mkdir(join(directory, 'owner'), { recursive: true, mode: 0o700 });
  for (;;) {
    const top = await topClaim(directory);
    if (top.claim && (await isHeld(directory, top.claim))) return { holder: top.claim };
    const held = await tryClaim(directory, top.number + 1);
    if (held) return { held };
  }
}

async function tryClaim(directory: string, number: number): Promise<HeldClaim | undefined> {
  const [space, started] = await Promise.all([processSpace(), startMark(process.pid)]);
  const since = new Date().toISOString();
  const claim: Claim = { number, pid: process.pid, started: started ?? '', space, since, released: false };
  const path = claimPath(directory, number);
  try {
    await writeFile(path, JSON.stringify(claim), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST')) return undefined;
    throw error;
  }
  const numbers = await claimNumbers(directory);
  if (numbers.some((other) => other > number)) {
    await rm(path, { force: true });
    return undefined;
  }
  await Promise.all(numbers.filter((other) => other < number).map((other) => rm(claimPath(directory, other), { force: true })));
  return hold(directory, claim);
}

function hold(directory: string, claim: Claim): HeldClaim {
  const path = claimPath(directory, claim.number);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined); // Only a hint for other containers; a full disk must not end us.
  }, heartbeatMs).unref();
  return {
    claim,
    async release() {
      clearInterval(heartbeat);
      // In place and of the same length, so that it succeeds on a full disk.
      const released = JSON.stringify({ ...claim, released: true }).padEnd(JSON.stringify(claim).length);
      await writeFile(path, released, { flag: 'r+' });
    },
  };
}
