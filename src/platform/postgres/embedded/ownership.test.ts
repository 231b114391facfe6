import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { query, type Workbench, workbench } from '../../../../test/support/embedded.ts';
import { type Claim, claimOwnership } from './ownership.ts';

const limitMs = 60_000;

async function onlyClaim(data: string): Promise<{ path: string; claim: Claim }> {
  const [name = '', ...others] = await readdir(join(data, 'owner'));
  expect(others).toEqual([]);
  const path = join(data, 'owner', name);
  return { path, claim: JSON.parse(await readFile(path, 'utf8')) as Claim };
}

describe('ownership of a data directory', { timeout: limitMs }, () => {
  let bench: Workbench;
  beforeEach(() => {
    bench = workbench();
  });
  afterEach(() => bench.dispose(), limitMs);

  test('a second process attaches to the server of the first, and leaves it running', async () => {
    const data = await bench.directory(0o755);
    const first = await bench.start(data);
    await query(first.connection, 'create table note as select 5 as number');
    const second = await bench.owner(data, { mode: 'attach-or-own' });
    expect(second.answer).toEqual({ connection: first.connection, owned: false });
    await second.stop();
    expect(await query(first.connection, 'select number from note')).toMatchObject([{ number: 5 }]);
  });

  test('a second owner is refused and told who holds it and what to do', async () => {
    const data = await bench.directory(0o755);
    const first = await bench.owner(data);
    expect(first.answer.owned).toBe(true);
    const refused = bench.start(data);
    await expect(refused).rejects.toMatchObject({ code: 'in_use' });
    await expect(refused).rejects.toThrow(`process ${first.child.pid}`);
    await expect(refused).rejects.toThrow(/since \d{4}-.*Stop that process, or choose another DIANA_DATA_DIR/);
    await first.stop();
    expect((await bench.start(data)).owned).toBe(true);
  });

  test('of two processes that start at once, exactly one owns', async () => {
    const data = await bench.directory(0o755);
    const answers = (await Promise.all([bench.owner(data), bench.owner(data)])).map(({ answer }) => answer);
    expect(answers.filter(({ owned }) => owned === true)).toHaveLength(1);
    expect(answers.filter(({ code }) => code === 'in_use')).toHaveLength(1);
  });

  test('of two commands that start at once, one owns and the other attaches', async () => {
    const data = await bench.directory(0o755);
    const mode = 'attach-or-own';
    const answers = (await Promise.all([bench.owner(data, { mode }), bench.owner(data, { mode })])).map(({ answer }) => answer);
    expect(answers.map(({ owned }) => owned).toSorted()).toEqual([false, true]);
    expect(answers[0]?.connection).toEqual(answers[1]?.connection);
  });

  test('of many contenders for a dead claim, exactly one gets it, and its number is new', async () => {
    const data = await bench.directory(0o755);
    const first = await claimOwnership(data);
    if (!('held' in first)) throw new Error('a new directory is free');
    await first.held.release();
    const { path, claim } = await onlyClaim(data);
    await writeFile(path, JSON.stringify({ ...claim, released: false, started: 'long ago' }));
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => claimOwnership(data)));
    const held = outcomes.flatMap((outcome) => ('held' in outcome ? [outcome.held] : []));
    expect(held.map((winner) => winner.claim.number)).toEqual([claim.number + 1]);
    await held[0]?.release();
    expect((await onlyClaim(data)).claim).toMatchObject({ number: claim.number + 1, released: true });
  });

  test('a claim whose process id now belongs to another program is dead', async () => {
    const data = await bench.directory(0o755);
    await (await bench.start(data)).stop();
    const { path, claim } = await onlyClaim(data);
    await writeFile(path, JSON.stringify({ ...claim, released: false, pid: process.ppid, started: '1' }));
    expect((await bench.start(data)).owned).toBe(true);
  });

  test('a claim that a power loss left empty is dead', async () => {
    const data = await bench.directory(0o755);
    await (await bench.start(data)).stop();
    await writeFile((await onlyClaim(data)).path, '');
    expect((await bench.start(data)).owned).toBe(true);
  });

  test('a claim from another container holds while its heart beats, and no longer', async () => {
    const data = await bench.directory(0o755);
    const outcome = await claimOwnership(data);
    if (!('held' in outcome)) throw new Error('a new directory is free');
    const { path, claim } = await onlyClaim(data);
    await writeFile(path, JSON.stringify({ ...claim, space: { ...claim.space, host: 'elsewhere' }, pid: 1 }));
    await expect(bench.start(data)).rejects.toThrow('on elsewhere');
    await outcome.held.release();
    await writeFile(path, JSON.stringify({ ...claim, space: { ...claim.space, host: 'elsewhere' }, pid: 1 }));
    expect((await bench.start(data)).owned).toBe(true);
  });

  test('a postmaster.pid that names a living stranger is not believed', async () => {
    const data = await bench.directory(0o755);
    const first = await bench.start(data);
    const pidFile = join(data, 'postgres', 'postmaster.pid');
    const lines = (await readFile(pidFile, 'utf8')).split('\n');
    await first.stop();
    await writeFile(pidFile, [String(process.ppid), ...lines.slice(1)].join('\n'));
    const second = await bench.start(data);
    expect(await query(second.connection, 'select 1 as one')).toMatchObject([{ one: 1 }]);
    expect(() => process.kill(process.ppid, 0)).not.toThrow();
  });
});
