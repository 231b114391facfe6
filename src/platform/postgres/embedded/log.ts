import { mkdir, open, rename, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

/** How the supervisor speaks to the operator. */
export type EmbeddedLog = (level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>) => void;

/** Months of quiet logging fit; a crash loop cannot fill the disk with more than twice this. */
const rotateAtBytes = 20 * 1024 * 1024;

/** Opens the server's own log for appending; a long one is first set aside as `<path>.1`, in place of an older one. */
export async function openServerLog(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true });
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  if (size > rotateAtBytes) await rename(path, `${path}.1`);
  return open(path, 'a', 0o600);
}

/** What was written since `offset` (bytes), the last 16 kB at most. */
export async function readServerLog(path: string, offset: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const start = Math.max(offset, size - 16 * 1024);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(Math.max(1, size - start)), position: start });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
