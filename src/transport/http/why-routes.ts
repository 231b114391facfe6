import { type Static, Type } from 'typebox';
import type { WhyFault, WhyQuestion } from '../../reports/index.ts';
import { sendJson, sendProblem } from './answers.ts';
import { BOARD_FAULTS } from './boards-routes.ts';
import { describeProblems } from './openapi.ts';
import type { HttpDependencies } from './port.ts';
import { after, MAX_USER, UserParams } from './schemas.ts';
import type { HttpServer } from './server-type.ts';
import { WhyOut } from './why-schemas.ts';

const asked = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: MAX_USER, description }));

const WhyQuery = Type.Object({
  transfer: asked('A transfer: `tr_…`, or the id under which it was asked for by `POST /v1/transfers`'),
  achievement: asked('An achievement, or one of its tiers: `committer`, `committer.gold`'),
  board: asked('A board; with `period`, in that period'),
  streak: asked('A streak'),
  rule: asked('A rule, for the last events that it listens to; with `event`, for that one'),
  period: Type.Optional(
    Type.String({ minLength: 1, maxLength: 20, description: '`current`, which is the default, `previous`, or a key: 2026-W47' }),
  ),
  event: asked('Id of an event'),
  source: asked('Source of that event; `default` where it is left out'),
  after,
});

const SUBJECTS = ['transfer', 'achievement', 'board', 'streak', 'rule'] as const;

type Subject = (typeof SUBJECTS)[number];

const DETAILS: Readonly<Record<WhyFault, { readonly detail: string; readonly path: string }>> = {
  unknown_user: { detail: 'there is no user of this id', path: '/params/user' },
  unknown_transfer: { detail: 'the user has no transfer of this id', path: '/query/transfer' },
  unknown_achievement: { detail: 'there is no such achievement, or no such tier of it', path: '/query/achievement' },
  unknown_board: { detail: 'the catalog in force has no board of this id', path: '/query/board' },
  unknown_period: { detail: BOARD_FAULTS.unknown_period.detail, path: '/query/period' },
  unknown_streak: { detail: 'the catalog in force has no streak of this id', path: '/query/streak' },
  unknown_rule: {
    detail: 'neither the catalog in force nor the version that decided the event has this rule',
    path: '/query/rule',
  },
  unknown_event: { detail: 'the user has no event of this id and source', path: '/query/event' },
};

export function registerWhy(server: HttpServer, { reports }: HttpDependencies): void {
  server.get(
    '/v1/users/:user/why',
    {
      config: { access: 'service' },
      schema: {
        summary: 'What produced an effect for a user, or why there was none',
        description: 'One question at a time: a transfer, an achievement, a board, a streak or a rule.',
        tags: ['users'],
        params: UserParams,
        querystring: WhyQuery,
        response: { 200: WhyOut, ...describeProblems(400, 404) },
      },
    },
    async (request, reply) => {
      const question = questionOf(request.query);
      if ('fault' in question) return sendProblem(reply, 'malformed', { detail: question.fault, path: question.path });
      const answer = await reports.why(request.params.user, question);
      return answer.ok ? sendJson(reply, 200, answer.value) : sendProblem(reply, answer.fault, DETAILS[answer.fault]);
    },
  );
}

type Question = WhyQuestion | { readonly fault: string; readonly path: string };

/** Which parameters belong to one subject only. */
const BELONGS: Readonly<Record<'period' | 'event' | 'source', Subject>> = { period: 'board', event: 'rule', source: 'rule' };

function questionOf(query: Static<typeof WhyQuery>): Question {
  const given = SUBJECTS.filter((subject) => query[subject] !== undefined);
  const [about] = given;
  const id = about === undefined ? undefined : query[about];
  if (about === undefined || id === undefined || given.length > 1) {
    const found = given.length === 0 ? 'none is there' : `there are ${given.join(' and ')}`;
    return { fault: `ask exactly one of ${SUBJECTS.join(', ')}; ${found}`, path: '/query' };
  }
  for (const [name, subject] of Object.entries(BELONGS)) {
    if (query[name as keyof typeof BELONGS] !== undefined && subject !== about) {
      return { fault: `belongs to ${subject}`, path: `/query/${name}` };
    }
  }
  const { period, event, source = 'default' } = query;
  if (about === 'board') return { about, id, ...(period === undefined ? {} : { period }) };
  if (about !== 'rule') return { about, id };
  if (event === undefined && query.source !== undefined) return { fault: 'belongs to event', path: '/query/source' };
  return { about, id, ...(event === undefined ? {} : { event: { id: event, source } }) };
}
