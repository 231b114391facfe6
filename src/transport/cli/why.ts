import type { Command } from 'commander';
import pc from 'picocolors';
import type { Why, WhyFault, WhyQuestion } from '../../reports/index.ts';
import type { Within } from './input.ts';
import { CommandFailed } from './output.ts';

interface Options {
  readonly json?: boolean;
  readonly transfer?: string;
  readonly achievement?: string;
  readonly board?: string;
  readonly period?: string;
  readonly streak?: string;
  readonly rule?: string;
  readonly event?: string;
  readonly source?: string;
}

const SUBJECTS = ['transfer', 'achievement', 'board', 'streak', 'rule'] as const;

/** `diana why USER --…`: what produced an effect, or why there was none. */
export function addWhyCommand(command: (name: string, description: string, example: string) => Command, within: Within): void {
  command('why', 'what produced an effect for a user, or why there was none', 'why alice --rule trivia --event answer-1')
    .argument('<user>', 'the outside id')
    .option('--transfer <id>', 'a transfer: tr_…, or the id under which it was asked for')
    .option('--achievement <id>', 'an achievement, or one of its tiers: committer.gold')
    .option('--board <id>', 'a board')
    .option('--period <key>', 'of the board: current, previous, or a key such as 2026-W47')
    .option('--streak <id>', 'a streak')
    .option('--rule <id>', 'a rule, for the last events that it listens to')
    .option('--event <id>', 'one event that the rule is asked about')
    .option('--source <source>', 'of that event; default where it is left out')
    .action((user: string, options: Options) =>
      within(options.json ?? false, async (app, output) => {
        const answer = await app.reports.why(user, questionOf(options));
        if (!answer.ok) throw failed(user, answer.fault);
        output.answer(answer.value, () => whyText(answer.value));
      }),
    );
}

function questionOf(options: Options): WhyQuestion {
  const given = SUBJECTS.filter((subject) => options[subject] !== undefined);
  const [about] = given;
  const id = about === undefined ? undefined : options[about];
  if (about === undefined || id === undefined || given.length > 1) {
    throw new CommandFailed(`ask exactly one of ${SUBJECTS.map((subject) => `--${subject}`).join(', ')}`);
  }
  const { period, event, source } = options;
  if (period !== undefined && about !== 'board') throw new CommandFailed('--period belongs to --board');
  if (event !== undefined && about !== 'rule') throw new CommandFailed('--event belongs to --rule');
  if (source !== undefined && event === undefined) throw new CommandFailed('--source belongs to --event');
  if (about === 'board') return { about, id, ...(period === undefined ? {} : { period }) };
  if (about !== 'rule') return { about, id };
  return { about, id, ...(event === undefined ? {} : { event: { id: event, source: source ?? 'default' } }) };
}

function failed(user: string, fault: WhyFault): CommandFailed {
  const texts: Readonly<Record<WhyFault, string>> = {
    unknown_user: `no user "${user}"`,
    unknown_transfer: `${user} has no such transfer`,
    unknown_achievement: 'there is no such achievement, or no such tier of it',
    unknown_board: 'the catalog in force has no such board',
    unknown_period: 'this is no period of the board, or none goes on now: --period takes previous, or a key such as 2026-W47',
    unknown_streak: 'the catalog in force has no such streak',
    unknown_rule: 'neither the catalog in force nor the version that decided the event has such a rule',
    unknown_event: `${user} has no such event`,
  };
  return new CommandFailed(texts[fault], { error: texts[fault], code: fault });
}

/** Reasons and ids are other people's words: a terminal is not to obey them. */
const CONTROL = /\p{Cc}+/gu;

/** For people: the sentences of the answer, the first one as its heading. */
export function whyText({ sentences }: Why): string {
  const [heading = '', ...rest] = sentences.map((sentence) => sentence.replaceAll(CONTROL, ' '));
  return [pc.bold(heading), ...rest.map((sentence) => `  ${sentence}`)].join('\n');
}
