import type { Boards } from '../boards/index.ts';
import type { Database, Tx } from '../kernel/ports.ts';
import type { Reports } from './model.ts';
import { explainAchievement } from './why-achievement.ts';
import type { Asking } from './why-asking.ts';
import { explainBoard, findPlacing } from './why-board.ts';
import type { WhyAnswer, WhyQuestion } from './why-model.ts';
import { explainRule, explainRuleAt } from './why-rule.ts';
import { readPosition } from './why-store.ts';
import { explainStreak } from './why-streak.ts';
import { explainTransfer } from './why-transfer.ts';

export interface WhyOptions {
  readonly database: Pick<Database, 'read' | 'snapshot'>;
  readonly boards: Pick<Boards, 'around' | 'page'>;
  /** Undefined for an unknown user. */
  readonly asking: (tx: Tx, user: string) => Promise<Asking | undefined>;
}

type BoardQuestion = Extract<WhyQuestion, { readonly about: 'board' }>;

/** Answers what produced an effect, or why there was none. Each answer is of one snapshot. */
export function createWhy({ database, boards, asking }: WhyOptions): Reports['why'] {
  async function ask(user: string, explain: (asked: Asking) => Promise<WhyAnswer>): Promise<WhyAnswer> {
    return database.snapshot(async (tx) => {
      const asked = await asking(tx, user);
      return asked === undefined ? { ok: false, fault: 'unknown_user' } : explain(asked);
    });
  }

  /** The rank is as of the position that the snapshot has, or one a moment later. */
  async function askBoard(user: string, { id, period = 'current' }: BoardQuestion): Promise<WhyAnswer> {
    const after = await readPosition({ query: database.read.bind(database) });
    const placing = await findPlacing(boards, id, user, { period, after });
    return placing.ok ? ask(user, (asked) => explainBoard(asked, id, placing.value)) : placing;
  }

  return async (user, question) => {
    switch (question.about) {
      case 'transfer':
        return ask(user, (asked) => explainTransfer(asked, question.id));
      case 'achievement':
        return ask(user, (asked) => explainAchievement(asked, question.id));
      case 'board':
        return askBoard(user, question);
      case 'streak':
        return ask(user, (asked) => explainStreak(asked, question.id));
      case 'rule': {
        const { event, id } = question;
        return ask(user, (asked) => (event === undefined ? explainRule(asked, id) : explainRuleAt(asked, id, event)));
      }
    }
  };
}
