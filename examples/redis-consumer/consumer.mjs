#!/usr/bin/env node
// Keeps the balances of all users from Diana's Redis streams: each event counts once, whatever happens to this program,
// to Redis, or to the link between them.
//
//   node consumer.mjs [--url redis://127.0.0.1:6379] [--prefix diana] [--partitions 16] [--state balances.json]
//
// Several URLs, separated by commas, are servers of a cluster. One program at a time for a state file.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createClient, createCluster } from '@redis/client';

const { values: settings } = parseArgs({
  options: {
    url: { type: 'string', default: 'redis://127.0.0.1:6379' },
    prefix: { type: 'string', default: 'diana' },
    partitions: { type: 'string', default: '16' },
    group: { type: 'string', default: 'balances' },
    state: { type: 'string', default: 'balances.json' },
  },
});
const { group } = settings;
/** A group needs a name for each of its consumers; this one has no others. */
const CONSUMER = 'only';
const PAGE = 200;
/** Milliseconds without an answer after which Redis counts as away. A paused server closes no connection. */
const LIMIT = 2_000;
/** Milliseconds between two looks at streams in which there was nothing. */
const PAUSE = 200;
const LONGEST_PAUSE = 2_000;

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stopping.abort());

// The effect, and how far it goes, in one document: they cannot disagree. In a database, write both in one transaction.
const state = readState(settings.state);

function readState(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return { positions: {}, balances: {} };
  }
}

/** After a crash there is the old file or the new one, and never half of one. */
function saveState(path) {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w');
  writeSync(file, JSON.stringify(state));
  fsyncSync(file);
  closeSync(file);
  renameSync(temporary, path);
}

/** What this program is for. `balance` in the data would do as well; a sum shows when something counts twice. */
function apply(event) {
  if (!event.type.startsWith('points.') || event.account === '') return;
  const { currency, amount, direction } = JSON.parse(event.data);
  if (typeof amount !== 'number') return;
  const balances = (state.balances[event.account] ??= {});
  const leaves = event.type === 'points.spent' || direction === 'out';
  balances[currency] = (balances[currency] ?? 0) + (leaves ? -amount : amount);
}

/** Entries of one partition in ascending order, then their acknowledgement. What was handled before is skipped. */
async function handle(client, partition, key, entries) {
  if (entries.length === 0) return;
  let changed = false;
  for (const { message } of entries) {
    const position = Number(message.position);
    if (position <= (state.positions[partition] ?? 0)) continue;
    apply(message);
    state.positions[partition] = position;
    changed = true;
  }
  if (changed) saveState(settings.state);
  // Only now: what is not acknowledged comes again.
  const ids = entries.map(({ id }) => id);
  await within(client.xAck(key, group, ids));
}

/** Before anything new is read: what was delivered to some process before, and never acknowledged. */
async function recover(client, partition, key) {
  for (let next = '0-0'; ; ) {
    const claimed = await within(client.xAutoClaim(key, group, CONSUMER, 0, next, { COUNT: PAGE }));
    const lost = claimed.deletedMessages?.length ?? 0;
    if (lost > 0) warnOfGap(key, `${lost} entries were trimmed before they were handled`);
    const entries = claimed.messages.filter((entry) => entry !== null);
    await handle(client, partition, key, entries);
    next = claimed.nextId;
    if (next === '0-0') return;
  }
}

/** False where the stream does not exist yet. */
async function createGroup(client, partition, key) {
  const position = state.positions[partition] ?? 0;
  try {
    // Without MKSTREAM: a stream that the relay did not make would hide from it that its own one is gone.
    await within(client.xGroupCreate(key, group, `${position}-0`));
  } catch (error) {
    if (error.message.includes('requires the key to exist')) return false;
    if (!error.message.startsWith('BUSYGROUP')) throw error;
  }
  const [oldest] = await within(client.xRange(key, '-', '+', { COUNT: 1 }));
  if (position > 0 && oldest !== undefined && Number(oldest.message.position) > position) {
    warnOfGap(key, `the oldest entry is ${oldest.id}, and ${position} was the last that was handled`);
  }
  return true;
}

/** The stream is no archive. Read what is missing from Diana's log, or have it sent again, to be sure. */
function warnOfGap(key, what) {
  console.error(`${key}: entries may have been missed: ${what}`);
}

/** Reads one page of a partition and tells how many entries that were. `recovered`: partitions without leftovers. */
async function step(client, partition, recovered) {
  const key = `{${settings.prefix}:${partition}}:events`;
  try {
    if (!recovered.has(partition)) {
      if (!(await createGroup(client, partition, key))) return 0;
      await recover(client, partition, key);
      recovered.add(partition);
    }
    const reply = await within(client.xReadGroup(group, CONSUMER, { key, id: '>' }, { COUNT: PAGE }));
    const entries = reply?.[0]?.messages ?? [];
    await handle(client, partition, key, entries);
    return entries.length;
  } catch (error) {
    if (!error.message.startsWith('NOGROUP')) throw error;
    // Flushed, or evicted: the relay writes the newest entries again, with the same ids.
    recovered.delete(partition);
    return 0;
  }
}

/** Works until it is told to stop, or Redis fails. */
async function consume(client) {
  const recovered = new Set();
  while (!stopping.signal.aborted) {
    let count = 0;
    for (let partition = 0; partition < Number(settings.partitions) && !stopping.signal.aborted; partition += 1) {
      count += await step(client, partition, recovered);
    }
    if (count === 0) await sleep(PAUSE, undefined, { signal: stopping.signal }).catch(() => undefined);
  }
}

function within(work) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${LIMIT} ms`)), LIMIT);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** A client that gives up at once, so that `main` begins again with a new one. */
function open() {
  const socket = { connectTimeout: LIMIT, reconnectStrategy: false };
  const urls = settings.url.split(',');
  const { username, password, protocol } = new URL(urls[0]);
  const client =
    urls.length === 1
      ? createClient({ url: urls[0], RESP: 2, disableOfflineQueue: true, socket })
      : createCluster({
          rootNodes: urls.map((url) => ({ url, socket })),
          RESP: 2,
          defaults: {
            ...(username === '' ? {} : { username: decodeURIComponent(username) }),
            ...(password === '' ? {} : { password: decodeURIComponent(password) }),
            disableOfflineQueue: true,
            socket: { ...socket, tls: protocol === 'rediss:' },
          },
        });
  // Whoever waits for an answer hears of it; without a listener, it would end this program.
  client.on('error', () => undefined);
  return client;
}

async function main() {
  let pause = PAUSE;
  while (!stopping.signal.aborted) {
    const client = open();
    try {
      await within(client.connect());
      console.error(`reading ${settings.partitions} partitions of ${settings.prefix}`);
      pause = PAUSE;
      await consume(client);
    } catch (error) {
      console.error(`Redis is away: ${error.message}`);
      await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    } finally {
      client.destroy();
    }
  }
}

await main();
