import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { StreamBatch } from '../../src/bus/ports.ts';
import { entryFields, markKey, partitionOf, streamKey } from '../../src/bus/relay-keys.ts';
import { openStreamStore } from '../../src/platform/redis/stream-store.ts';
import { quietLog } from '../../test/support/log.ts';
import { redisAvailable, startRedis } from '../../test/support/redis.ts';

const PROGRAM = fileURLToPath(new URL('./consumer.mjs', import.meta.url));
const PARTITIONS = 4;
const ACCOUNTS = 25;

/** The event at a position: each awards one coin more than the one before. */
function fieldsAt(position: number): readonly string[] {
  return entryFields({
    id: `evt_${position}`,
    source: 'diana',
    type: 'points.awarded',
    user: `user-${position % ACCOUNTS}`,
    account: accountAt(position),
    time: '2025-03-01T10:00:00.000Z',
    data: { currency: 'coins', amount: position },
    correlationId: `evt_${position}`,
    causationId: null,
    position,
    recordedAt: '2025-03-01T10:00:00.000Z',
  });
}

const accountAt = (position: number): string => `acc_${position % ACCOUNTS}`;

/** Batches for all partitions with what lies in (`from`, `to`]; their marks are the upper ends. */
function batches(from: number, to: number, expected: string | null): StreamBatch[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => {
    const entries = [];
    for (let position = from + 1; position <= to; position += 1) {
      if (partitionOf(accountAt(position), PARTITIONS) === partition) entries.push({ position, fields: fieldsAt(position) });
    }
    const keys = { key: streamKey('shop', partition), markKey: markKey('shop', partition) };
    return { ...keys, expected, mark: String(to), entries, retain: 1_000_000 };
  });
}

describe.skipIf(!redisAvailable()).each(['standalone', 'cluster'] as const)('the example, on a %s Redis', (kind) => {
  test('counts each event once through kills, a pause and a flush', { timeout: 120_000 }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'diana-consumer-'));
    const redis = await startRedis(kind);
    const store = openStreamStore({ url: redis.url, log: quietLog });
    const state = join(directory, 'balances.json');
    let child: ChildProcess | undefined;
    const start = (): void => {
      const args = ['--url', redis.url, '--prefix', 'shop', '--partitions', String(PARTITIONS), '--state', state];
      child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
      child.stderr?.setEncoding('utf8').on('data', (text: string) => said.push(text));
    };
    const said: string[] = [];
    let position = 0;
    const publish = async (count: number): Promise<void> => {
      const answers = await store.append(batches(position, position + count, position === 0 ? null : String(position)));
      expect(answers).toEqual(answers.map(() => ({ kind: 'appended' })));
      position += count;
    };
    const caughtUp = async (): Promise<void> => {
      const expected: Record<string, { coins: number }> = {};
      for (let at = 1; at <= position; at += 1) (expected[accountAt(at)] ??= { coins: 0 }).coins += at;
      let balances: unknown;
      for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(50)) {
        const text = await readFile(state, 'utf8').catch(() => '{"positions":{}}');
        const read = JSON.parse(text) as { positions: Record<string, number>; balances: unknown };
        balances = read.balances;
        if (Math.max(0, ...Object.values(read.positions)) === position && isEqual(balances, expected)) return;
      }
      expect(balances, said.join('')).toEqual(expected);
    };
    try {
      start();
      while (!store.isUp()) await sleep(20);
      await publish(3_000);
      await caughtUp();

      for (const pause of [5, 20, 50, 100]) {
        await publish(2_000);
        await sleep(300 + pause);
        child?.kill('SIGKILL');
        await publish(100);
        start();
      }
      await caughtUp();

      redis.pause();
      await sleep(3_000);
      redis.resume();
      while (!store.isUp()) await sleep(20);
      await publish(500);
      await caughtUp();

      await redis.kill();
      await sleep(500);
      await redis.start();
      while (!store.isUp()) await sleep(20);
      await publish(500);
      await caughtUp();

      await redis.flush();
      // As the relay does it: the newest entries again, in pieces.
      const again = position - 1_500;
      await store.append(batches(again, position - 500, null));
      await store.append(batches(position - 500, position, String(position - 500)));
      await publish(500);
      await caughtUp();
      expect(said.join('')).not.toContain('may have been missed');

      child?.kill('SIGTERM');
      expect(await once(child as ChildProcess, 'exit')).toEqual([0, null]);
    } finally {
      child?.kill('SIGKILL');
      await store.close();
      await redis.dispose();
      await rm(directory, { recursive: true, force: true });
    }
  });
});

function isEqual(actual: unknown, expected: unknown): boolean {
  try {
    expect(actual).toEqual(expected);
    return true;
  } catch {
    return false;
  }
}
