import { afterEach, beforeEach, expect, test } from 'vitest';
import { ADMIN, createTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { quietLog } from '../../test/support/log.ts';
import { type Catalogs, createCatalogs } from './index.ts';

const STEPS = `diana: 1
name: steps
metrics: { moves: { count: walk.step } }
streaks: { daily: { on: walk.step, every: day } }
boards: [{ id: ever, metric: moves }, { id: weekly, metric: moves, period: week }]
`;
const LAPS = STEPS.replace('name: steps', 'name: laps').replaceAll('walk.step', 'swim.lap');

let engine: TestEngine;
let catalogs: Catalogs;
beforeEach(async () => {
  engine = await createTestEngine(STEPS);
  catalogs = await createCatalogs(engine.test.database, engine.clock, quietLog);
});
afterEach(() => engine.close());

let ids = 0;
async function happen(type: string, user: string): Promise<void> {
  const [result] = await engine.submit([{ id: `v${(ids += 1)}`, type, user }]);
  if (result?.status !== 'accepted') throw new Error(JSON.stringify(result));
}

async function apply(source: string): Promise<number> {
  const applied = await engine.engine.applyCatalog(source, ADMIN);
  await catalogs.refresh();
  return applied.ok ? applied.value.version : expect.fail(JSON.stringify(applied.faults));
}

async function scores(user: string): Promise<Record<string, number>> {
  const rows = await engine.test.owner.unsafe(
    'select board, score from boards.score join users.person using (account) where id = $1 order by board',
    [user],
  );
  return Object.fromEntries(rows.map((row) => [String(row['board']), Number(row['score'])]));
}

async function sourceOf(version: number): Promise<string> {
  return (await catalogs.version(version))?.source ?? expect.fail(`no version ${version}`);
}

test('versions are kept for ever, listed newest first, and told with their source', async () => {
  expect(await apply(LAPS)).toBe(2);
  expect(await apply(STEPS)).toBe(3);
  const meta = { actor: ADMIN.id, appliedAt: '2026-11-21T12:00:00.000Z', digest: expect.stringMatching(/^[0-9a-f]{64}$/) };
  expect(await catalogs.versions({ limit: 2 })).toEqual([
    { ...meta, version: 3, name: 'steps', changes: 5 },
    { ...meta, version: 2, name: 'laps', changes: 5 },
  ]);
  expect(await catalogs.versions({ limit: 2, before: 2 })).toMatchObject([{ version: 1, name: 'steps' }]);
  expect(await catalogs.version(2)).toMatchObject({ ...meta, version: 2, name: 'laps', source: LAPS });
  expect(await catalogs.version(4)).toBeUndefined();
});

test('a version of before names and changes were kept is told without them', async () => {
  await engine.test.owner.unsafe(
    `insert into catalog.version (version, source, digest, applied_at, actor, origins)
     select 9, source, digest, applied_at, actor, origins - 'streaks' - 'tiers' from catalog.version where version = 1`,
  );
  expect(await catalogs.version(9)).toMatchObject({ version: 9, name: null, changes: null, source: STEPS });
});

test('going back to a version brings its values back, without what happened in between', async () => {
  await happen('walk.step', 'ann');
  await happen('walk.step', 'ann');
  await apply(LAPS);
  await happen('swim.lap', 'ann');
  await happen('walk.step', 'ann');
  const planned = catalogs.plan(await sourceOf(1));
  const back = await engine.engine.applyCatalog(await sourceOf(1), ADMIN);
  const note = (text: string) => ({ note: expect.stringContaining(text) });
  const told = [
    { change: 'changed', noun: 'settings', id: 'name' },
    { change: 'changed', noun: 'metrics', id: 'moves', ...note('takes up the values that it had in version 1') },
    { change: 'changed', noun: 'streaks', id: 'daily', ...note('takes up the values that it had in version 1') },
    { change: 'changed', noun: 'boards', id: 'ever', ...note('version 1') },
    { change: 'changed', noun: 'boards', id: 'weekly', ...note('version 1') },
  ];
  expect(back).toMatchObject({ ok: true, value: { version: 3, applied: true, changes: told } });
  expect(planned).toMatchObject({ ok: true, value: { changes: told } });
  await happen('walk.step', 'ann');
  const row = { ever: 3, weekly: 3, 'ever@2': 1, 'weekly@2': 1 };
  expect(await scores('ann')).toEqual(row);
});

test('rulebooks of more versions than are kept are all there', async () => {
  const versions = Array.from({ length: 40 }, (_, i) => i + 1);
  for (const n of versions) await apply(`{ diana: 1, name: "n${n}" }`);
  const rulebookOf = await catalogs.rulebooks(versions);
  expect(versions.filter((version) => rulebookOf(version) === undefined)).toEqual([]);
});

test('a plan foretells what applying does', async () => {
  await happen('walk.step', 'ann');
  await apply('diana: 1\nname: nothing');
  for (const source of [LAPS, STEPS, STEPS.replace('week', 'month'), STEPS, LAPS]) {
    const planned = catalogs.plan(source);
    const applied = await engine.engine.applyCatalog(source, ADMIN);
    await catalogs.refresh();
    if (!planned.ok || !applied.ok) throw new Error('a catalog is faulty');
    expect(applied.value.changes).toEqual(planned.value.changes);
  }
  expect(catalogs.plan('diana: 2')).toMatchObject({ ok: false, faults: [{ line: 1, path: 'diana' }] });
});

test('numbers of achievement tiers survive a version that had none, and one that knew of none', async () => {
  const unlocking = (...tiers: string[]): string =>
    `${STEPS}achievements: [{ id: mover, metric: moves, tiers: [${tiers.map((id, i) => `{ id: ${id}, at: ${i + 1} }`).join(', ')}] }]\n`;
  await apply(unlocking('bronze', 'silver'));
  await apply(STEPS);
  // As a process of the version before would write it.
  await engine.test.owner.unsafe(
    `insert into catalog.version (version, source, digest, applied_at, actor, origins)
     select 4, source, digest, applied_at, actor, origins - 'streaks' - 'tiers' from catalog.version where version = 3`,
  );
  await engine.test.owner.unsafe('update events.head set fence = 4');
  await catalogs.refresh();
  await engine.engine.applyCatalog(unlocking('gold', 'silver'), ADMIN);
  const [row] = await engine.test.owner.unsafe(`select origins -> 'tiers' as tiers from catalog.version where version = 5`);
  expect(row?.['tiers']).toEqual({ 'mover bronze': 0, 'mover silver': 1, 'mover gold': 2 });
});
