import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestReports, type TestReports } from '../../../test/support/reports.ts';
import type { CliApp, CliHost } from './port.ts';
import { createProgram } from './program.ts';
import { whyText } from './why.ts';

const CATALOG = `
diana: 1
name: why on the command line
currencies: { points: { name: Points } }
metrics: { wins: { count: quiz.won } }
streaks: { daily: { on: quiz.won, every: day } }
multipliers: { double: { factor: 2 } }
rules:
  - { id: quiz, on: quiz.won, when: 'event.data.score > 1', award: { points: 10 }, limit: { max: 1, per: day } }
achievements: [{ id: winner, metric: wins, tiers: [{ id: tenth, at: 10 }] }]
boards: [{ id: weekly, metric: wins, period: week }]
`;

let world: TestReports;
beforeAll(async () => {
  world = await createTestReports(CATALOG);
  await world.submit([
    { id: 'q-1', type: 'quiz.won', user: 'ada', data: { score: 3 } },
    { id: 'q-2', type: 'quiz.won', user: 'ada', data: { score: 1 }, source: 'bot' },
  ]);
});
afterAll(() => world.close());

/** What the command says. */
async function diana(...args: readonly string[]): Promise<string> {
  let out = '';
  const write = (text: string): boolean => {
    out += text;
    return true;
  };
  // The command uses nothing of the product but its reports.
  const app = { reports: world.reports, close: async () => undefined } as unknown as CliApp;
  const host = { version: '0', open: async () => app, out: { write }, err: { write }, stopwatch: () => 0 } as unknown as CliHost;
  await createProgram(host)
    .exitOverride()
    .parseAsync(['node', 'diana', 'why', ...args]);
  return stripVTControlCharacters(out).trimEnd();
}

test('an answer is its sentences, a line for each', async () => {
  expect(await diana('ada', '--rule', 'quiz')).toBe(
    `
Rule "quiz" is: on quiz.won, when event.data.score > 1, award 10 points, multipliers double, at most 1 per day.
  It fired for 1 of the last 2 events of ada that it listens to.
  Rule "quiz" gave nothing for quiz.won "q-2" from bot of 2026-11-21 at 12:00 (UTC): its condition was not met: event.data.score > 1 is false (event.data.score is 1).
  Rule "quiz" gave 20 points for quiz.won "q-1" of 2026-11-21 at 12:00 (UTC): 10 × 2 (double: always) = 20; its limits then stood at 1 of 1 per day.
`.trim(),
  );
});

test.each([
  [['--rule', 'quiz', '--event', 'q-2', '--source', 'bot'], 'Rule "quiz" gave nothing for quiz.won "q-2" from bot'],
  [['--achievement', 'winner.tenth'], 'ada does not have "winner", tier tenth.\n  It is: name "winner", by wins, tenth at 10.'],
  [['--board', 'weekly', '--period', '2026-W47'], 'ada is number 1 of 1 with 2, reached on 2026-11-21 at 12:00 (UTC).'],
  [['--streak', 'daily'], 'It goes on with 1 day.\n  Today counts already; to keep it going'],
])('%j', async (args, expected) => {
  expect(await diana('ada', ...args)).toContain(expected);
});

test('what others wrote gives the terminal no orders', async () => {
  await world.transfer({ id: 'buy-1', kind: 'spend', user: 'ada', amount: 1, reason: 'a\u001b[2J\nsticker' });
  const answer = await world.reports.why('ada', { about: 'transfer', id: 'buy-1' });
  expect(answer.ok && stripVTControlCharacters(whyText(answer.value))).toContain('The reason: a [2J sticker.');
});

test('with --json it is the whole document', async () => {
  expect(JSON.parse(await diana('ada', '--streak', 'daily', '--json'))).toMatchObject({ about: 'streak', current: 1 });
});

describe('what cannot be answered says what is wrong', () => {
  test.each([
    [['ada'], 'ask exactly one of --transfer, --achievement, --board, --streak, --rule'],
    [['ada', '--rule', 'quiz', '--streak', 'daily'], 'ask exactly one of --transfer, --achievement, --board, --streak, --rule'],
    [['ada', '--streak', 'daily', '--event', 'q-1'], '--event belongs to --rule'],
    [['ada', '--rule', 'quiz', '--source', 'bot'], '--source belongs to --event'],
    [['ada', '--rule', 'quiz', '--period', '2026'], '--period belongs to --board'],
    [['ada', '--transfer', 'tr_1'], 'ada has no such transfer'],
    [['bob', '--rule', 'quiz'], 'no user "bob"'],
  ])('%j', async (args, message) => {
    await expect(diana(...args)).rejects.toThrow(message);
  });
});
