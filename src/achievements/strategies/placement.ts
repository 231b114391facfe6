import { integer, report, required } from '../../kernel/document.ts';
import { reference } from '../../kernel/document-names.ts';
import { MAX_POINTS } from '../../kernel/points.ts';
import { countsWhere } from '../../metrics/index.ts';
import type { StrategyKind } from './strategy.ts';

/** Announced for everybody on a board when a period of it closes. */
export const PLACED = 'board.placed';

/** Progress is in how many closed periods of a board the final rank was good enough: `board: weekly, rank: 3`. */
export const placement: StrategyKind = {
  key: 'board',
  otherKeys: ['rank'],
  misplaced: new Map([
    ['repeatable', 'its tiers say how often'],
    ['within', 'the periods are those of the board'],
  ]),
  example: '{ id: champion, board: weekly, rank: 3 }',
  properties: {
    board: { description: 'Name of the board; it has to have periods that close.', type: 'string' },
    rank: { description: 'The last rank that counts.', type: 'integer', minimum: 1, maximum: MAX_POINTS },
  },
  parse({ faults, id, node, entries, value, context }) {
    const { boards } = context;
    const name = reference(
      faults,
      value,
      'board',
      boards.map((board) => board.id),
    );
    const given = required(faults, node, entries, 'rank');
    const rank = given === undefined ? undefined : integer(faults, given, 1, MAX_POINTS, 'the last rank that counts, from 1 on');
    const board = boards.find((one) => one.id === name);
    if (board?.period === 'all') return report(faults, value, `the board "${board.id}" never closes: its period is all`);
    if (board === undefined || rank === undefined) return undefined;
    const own = countsWhere({
      name: `@placed/${id}`,
      owner: id,
      on: PLACED,
      meaning: { placed: board.id, rank },
      description: `count periods of ${board.id} on rank ${rank} or better`,
      test: (data) => data['board'] === board.id && typeof data['rank'] === 'number' && data['rank'] <= rank,
    });
    return {
      strategy: {
        kind: 'placement',
        description: `by periods of ${board.id} on rank ${rank} or better`,
        metric: own.name,
        parts: [],
        window: null,
        own,
        placed: { board: board.id, rank },
        progress: (view) => view.metric(own.name),
      },
      parts: [],
      done: 1,
      highest: null,
    };
  },
};
