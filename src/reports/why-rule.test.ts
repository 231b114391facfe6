import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN } from '../../test/support/engine.ts';
import { createTestReports, type TestReports } from '../../test/support/reports.ts';
import type { RuleAtEvent, RuleWhy, WhyFault } from './index.ts';
import { CATALOG } from './why.fixture.ts';

let world: TestReports;
beforeAll(async () => {
  world = await createTestReports(CATALOG);
});
afterAll(() => world.close());

async function ask(user: string, id: string, event?: string, source = 'default'): Promise<RuleWhy> {
  const answer = await world.reports.why(user, {
    about: 'rule',
    id,
    ...(event === undefined ? {} : { event: { id: event, source } }),
  });
  if (!answer.ok || answer.value.about !== 'rule') throw new Error(JSON.stringify(answer));
  return answer.value;
}

async function fault(user: string, id: string, event?: string): Promise<WhyFault | undefined> {
  const question = { about: 'rule', id, ...(event === undefined ? {} : { event: { id: event, source: 'default' } }) } as const;
  const answer = await world.reports.why(user, question);
  return answer.ok ? undefined : answer.fault;
}

async function one(user: string, id: string, event: string): Promise<RuleAtEvent> {
  const { events } = await ask(user, id, event);
  expect(events).toHaveLength(1);
  return events[0] as RuleAtEvent;
}

const commit = (id: string, user: string, data: object = {}, time = '2026-11-21T10:00:00Z') => ({
  id,
  type: 'code.commit',
  user,
  data,
  time,
});

describe('a rule that fired', () => {
  test('tells what it gave, how, and how far its limits were used', async () => {
    await world.engine.putUser('vera', { attributes: { vip: true } }, ADMIN);
    await world.submit([commit('v-1', 'vera', {}, '2026-11-20T10:00:00Z'), commit('v-2', 'vera')]);
    const told = await one('vera', 'commit', 'v-2');
    expect(told).toMatchObject({
      outcome: 'fired',
      heard: null,
      event: { id: 'v-2', source: 'default', type: 'code.commit', time: '2026-11-21T10:00:00.000Z', catalogVersion: 1 },
      definition:
        'on code.commit, award 10 points, multipliers streak vip level pause, at most 2 per day, at most 5 within 604800s',
      awards: [{ amount: 16, arithmetic: expect.any(String) }],
      transfers: [{ transfer: expect.stringMatching(/^tr_/), currency: 'points', amount: 16 }],
      limits: [
        { used: 1, max: 2, per: 'day' },
        { used: 2, max: 5, within: '7d' },
      ],
      parts: [],
    });
    expect(told.sentence).toBe(
      'Rule "commit" gave 16 points for code.commit "v-2" of 2026-11-21 at 11:00 (Europe/Berlin): ' +
        '10 × 1.1 (streak daily at 2 days, from 2) × 1.5 (vip: when has(user.attributes.vip) && user.attributes.vip == true) ' +
        '× 1 (level: 1 + 0.5 * (user.level - 1)) = 16.5, floor → 16; its limits then stood at 1 of 2 per day and 2 of 5 within 7d.',
    );
  });

  test('with a factor of nothing came to 0, and says so', async () => {
    await world.submit([commit('zoe-1', 'zoe', { files: 0 }, '2026-11-15T10:00:00Z')]);
    const told = await one('zoe', 'commit', 'zoe-1');
    expect(told).toMatchObject({ outcome: 'fired', awards: [{ amount: 0, transfer: null }], transfers: [] });
    expect(told.sentence).toMatch(/came to 0, which is an award of nothing, for code.commit "zoe-1" .* × 0 \(pause: /);
  });

  test('for what the event brought about names what it heard', async () => {
    await world.submit([1, 2, 3].map((n) => commit(`lea-${n}`, 'lea', {}, `2026-11-1${n}T10:00:00Z`)));
    const told = await one('lea', 'promoted', 'lea-3');
    expect(told).toMatchObject({
      outcome: 'fired',
      heard: { type: 'level.reached', data: { level: 2 } },
      awards: [{ amount: 4 }],
    });
    expect(told.sentence).toMatch(
      /^Rule "promoted" gave 4 gems for level\.reached \(evt_\d+\), which code\.commit "lea-3" of .* caused\.$/,
    );
    expect((await ask('lea', 'hello')).events).toMatchObject([{ outcome: 'fired', heard: { type: 'user.created' } }]);
  });

  test('may have been adjusting', async () => {
    await world.submit([{ id: 'ada-0', type: 'admin.correction', user: 'ada', data: { amount: 7 } }], ADMIN);
    expect(await one('ada', 'correction', 'ada-0')).toMatchObject({
      outcome: 'fired',
      transfers: [{ amount: 7 }],
      awards: [{ amount: 7 }],
    });
  });
});

describe('a rule that gave nothing', () => {
  test('because of its limit tells the counts', async () => {
    await world.submit([1, 2, 3].map((n) => commit(`lim-${n}`, 'lim')));
    const told = await one('lim', 'commit', 'lim-3');
    expect(told).toMatchObject({
      outcome: 'limit_reached',
      awards: [],
      limits: [
        { used: 2, max: 2, per: 'day' },
        { used: 2, max: 5, within: '7d' },
      ],
    });
    expect(told.sentence).toBe(
      'Rule "commit" gave nothing for code.commit "lim-3" of 2026-11-21 at 11:00 (Europe/Berlin): its limit was reached, it had paid 2 of 2 per day.',
    );
  });

  test('because of its condition tells which part was not met, and what it read', async () => {
    await world.submit([commit('con-1', 'con', { files: 7 })]);
    const told = await one('con', 'large', 'con-1');
    // The other half fails without an attribute that nobody has set, and an && that is false on one side is false.
    expect(told).toMatchObject({
      outcome: 'not_matched',
      parts: [
        { source: 'event.data.files > 20', value: false, reads: [{ source: 'event.data.files', value: 7 }] },
        { value: null, reads: [{ source: 'user.attributes.team' }, { source: 'metrics.commits', value: 1 }] },
      ],
      changeable: ['user.attributes.team', 'metrics.commits'],
    });
    expect(told.sentence).toContain('its condition was not met: event.data.files > 20 is false (event.data.files is 7) and ');
    expect(told.sentence).toContain('user.attributes.team and metrics.commits are read as of today');
  });

  test('because of what has changed since, says so', async () => {
    await world.engine.putUser('cor', { attributes: { team: 'web' } }, ADMIN);
    await world.submit([commit('cor-1', 'cor', { files: 30 })]);
    expect(await one('cor', 'large', 'cor-1')).toMatchObject({ parts: [{ value: true }, { value: false }] });
    await world.engine.putUser('cor', { attributes: { team: 'core' } }, ADMIN);
    const told = await one('cor', 'large', 'cor-1');
    expect(told).toMatchObject({ outcome: 'not_matched', parts: [{ value: true }, { value: true }] });
    expect(told.sentence).toContain(
      'its condition is met as things are today, and was not then: user.attributes.team or metrics.commits has changed since',
    );
  });

  test('because something had no value, tells the reason of then', async () => {
    await world.submit([{ id: 'gem-1', type: 'gem.found', user: 'gem' }]);
    expect(await one('gem', 'find', 'gem-1')).toMatchObject({
      outcome: 'condition_failed',
      sentence: expect.stringContaining('it could not be decided, event.data.size is missing.'),
    });
  });

  test('because the event is of another type, was refused, or was erased', async () => {
    await world.submit([{ id: 'oth-1', type: 'gem.found', user: 'oth', data: { size: 1 } }]);
    expect(await one('oth', 'commit', 'oth-1')).toMatchObject({
      outcome: 'not_listening',
      sentence: expect.stringContaining('it listens to code.commit'),
    });
    await world.submit([{ id: 'oth-2', type: 'gem.found', user: 'oth', data: { size: Number.MAX_SAFE_INTEGER } }]);
    expect(await one('oth', 'find', 'oth-2')).toMatchObject({
      outcome: 'refused',
      event: null,
      sentence: expect.stringContaining('Event "oth-2" was refused as balance_overflow'),
    });
    await world.engine.eraseUser('oth', null, ADMIN);
    expect(await one('lim', 'find', 'oth-1')).toMatchObject({ outcome: 'erased', event: null });
  });
});

describe('without an event', () => {
  test('the last ten that the rule listens to are told, newest first, however much else there is', async () => {
    const gems = Array.from({ length: 12 }, (_, n) => ({ id: `many-${n}`, type: 'gem.found', user: 'many', data: { size: 1 } }));
    const commits = Array.from({ length: 30 }, (_, n) => commit(`many-c-${n}`, 'many'));
    await world.submit([...gems, ...commits]);
    const told = await ask('many', 'find');
    expect(told.events.map(({ event }) => event?.id)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2].map((n) => `many-${n}`));
    expect(told.truncated).toBe(false);
    expect(told.sentences.slice(0, 2)).toEqual([
      'Rule "find" is: on gem.*, award (event.data.size) gems, multipliers streak vip level pause.',
      'It fired for 10 of the last 10 events of many that it listens to.',
    ]);
    expect(told.sentences).toHaveLength(12);
  });

  test('nothing is told where nothing happened', async () => {
    await world.engine.putUser('idle', {}, ADMIN);
    expect(await ask('idle', 'find')).toMatchObject({
      events: [],
      sentences: [expect.any(String), 'Nothing that it listens to (gem.*) has happened to idle.'],
    });
  });

  test('who or what is unknown is said', async () => {
    expect(await fault('nobody', 'find')).toBe('unknown_user');
    expect(await fault('idle', 'nothing')).toBe('unknown_rule');
    expect(await fault('idle', 'find', 'none')).toBe('unknown_event');
    // It is an event of somebody else.
    expect(await fault('idle', 'commit', 'lim-1')).toBe('unknown_event');
    expect(await fault('lim', 'nothing', 'lim-1')).toBe('unknown_rule');
  });
});

describe('the version that decided is the one that is asked', () => {
  test('of a rule that changed, that left, and that came later', async () => {
    await world.submit([commit('old-1', 'old', {}, '2026-11-18T10:00:00Z')]);
    const changed = CATALOG.replace('award: { points: 10 }', 'award: { points: 20 }')
      .replace("  - { id: find, on: 'gem.*', award: { gems: event.data.size } }\n", '')
      .replace('  - { id: hello,', '  - { id: fresh, on: code.commit, award: { gems: 1 } }\n  - { id: hello,');
    const applied = await world.engine.applyCatalog(changed, ADMIN);
    expect(applied).toMatchObject({ ok: true });
    await world.submit([commit('old-2', 'old', {}, '2026-11-19T10:00:00Z')]);
    const { definition, events } = await ask('old', 'commit');
    expect(definition).toContain('award 20 points');
    expect(events.map((event) => [event.event?.catalogVersion, event.definition?.includes('award 10 points')])).toEqual([
      [2, false],
      [1, true],
    ]);
    expect(await one('old', 'fresh', 'old-1')).toMatchObject({ outcome: 'unknown_rule', definition: null });
    expect(await ask('gem', 'find')).toMatchObject({
      definition: null,
      events: [{ outcome: 'condition_failed', definition: expect.stringContaining('on gem.*') }],
      sentences: expect.arrayContaining([expect.stringContaining('is no longer in the catalog')]),
    });
  });
});

test('what the rules made of an event is told with the event', async () => {
  const report = await world.reports.event('default', 'lim-3');
  expect(report?.rules.map(({ rule, outcome }) => [rule, outcome])).toEqual([
    ['commit', 'limit_reached'],
    ['large', 'condition_failed'],
    ['promoted', 'fired'],
  ]);
  expect(report).toMatchObject({ arm: null, verdict: null });
  expect(report?.sentences).toEqual([
    'code.commit "lim-3" of 2026-11-21 at 11:00 (Europe/Berlin) by lim was decided by version 1 of the catalog.',
    'Rule "commit" gave nothing for it: its limit was reached, it had paid 2 of 2 per day.',
    'Rule "large" gave nothing for it: it could not be decided, event.data.files is missing.',
    expect.stringMatching(/^Rule "promoted" gave 4 gems for level\.reached \(evt_\d+\), which it caused\.$/),
    'It counted for streak daily, then 1 long.',
    'It unlocked committer silver.',
    'It led to level 2.',
  ]);
});
