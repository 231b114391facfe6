/** The economy as somebody would write it who has one user at a time, no database and all the time in the world. */
export interface ModelAnswer {
  /** `done`, `repeated`, or the code of a refusal. */
  readonly outcome: string;
  readonly balance: number | null;
}

interface Action {
  readonly id: string;
  readonly user: string;
}

export interface ModelTransfer extends Action {
  readonly kind: 'award' | 'spend' | 'transfer' | 'adjust';
  readonly to?: string;
  readonly currency: 'points' | 'credit';
  readonly amount: number;
}

export interface ModelEvent extends Action {
  readonly day: string;
  readonly n: number;
}

/** At most three quizzes a day pay ten points each, from the fifth quiz of a life on eleven. */
export class Model {
  readonly balances = new Map<string, number>();
  readonly quizzes = new Map<string, number>();
  readonly earned = new Map<string, number>();
  readonly people = new Set<string>();
  #answers = new Map<string, { readonly body: string; readonly answer: ModelAnswer }>();
  #paid = new Map<string, number>();

  transfer(command: ModelTransfer): ModelAnswer {
    return this.#once(`transfer ${command.id}`, command, () => this.#move(command));
  }

  event(event: ModelEvent): ModelAnswer {
    return this.#once(`event ${event.id}`, event, () => {
      this.people.add(event.user);
      const done = (this.quizzes.get(event.user) ?? 0) + 1;
      this.quizzes.set(event.user, done);
      const paid = this.#paid.get(`${event.user} ${event.day}`) ?? 0;
      if (paid < 3) {
        this.#paid.set(`${event.user} ${event.day}`, paid + 1);
        this.#earn(event.user, done >= 5 ? 11 : 10);
      }
      return { outcome: 'done', balance: this.#of(event.user, 'points') };
    });
  }

  #once(key: string, body: object, act: () => ModelAnswer): ModelAnswer {
    const text = JSON.stringify(body);
    const known = this.#answers.get(key);
    if (known !== undefined) {
      if (known.body !== text) return { outcome: 'id_reused', balance: null };
      return known.answer.outcome === 'done' ? { ...known.answer, outcome: 'repeated' } : known.answer;
    }
    const answer = act();
    // An unknown user leaves the id free.
    if (answer.outcome !== 'unknown_user') this.#answers.set(key, { body: text, answer });
    return answer;
  }

  #move({ kind, user, to, currency, amount }: ModelTransfer): ModelAnswer {
    const gives = kind === 'award' || (kind === 'adjust' && amount > 0);
    if (!gives && !this.people.has(user)) return { outcome: 'unknown_user', balance: null };
    const change = kind === 'award' || kind === 'adjust' ? amount : -amount;
    const after = this.#of(user, currency) + change;
    if (change < 0 && after < 0 && currency === 'points') return { outcome: 'insufficient_balance', balance: null };
    this.people.add(user);
    this.#add(user, currency, change);
    if (kind === 'award' && currency === 'points') this.earned.set(user, (this.earned.get(user) ?? 0) + amount);
    if (kind === 'transfer' && to !== undefined) {
      this.people.add(to);
      this.#add(to, currency, amount);
    }
    return { outcome: 'done', balance: after };
  }

  #earn(user: string, amount: number): void {
    this.#add(user, 'points', amount);
    this.earned.set(user, (this.earned.get(user) ?? 0) + amount);
  }

  #of(user: string, currency: string): number {
    return this.balances.get(`${user} ${currency}`) ?? 0;
  }

  #add(user: string, currency: string, amount: number): void {
    this.balances.set(`${user} ${currency}`, this.#of(user, currency) + amount);
  }
}
