import type { Actor } from '../../access/index.ts';
import { lockHead } from '../../events/index.ts';
import { accountId } from '../../kernel/ids.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { accepted, type Outcome, refused } from '../../kernel/outcome.ts';
import type { Database } from '../../kernel/ports.ts';
import type { Refusal } from '../../kernel/refusals.ts';
import { formatTime } from '../../kernel/time.ts';
import {
  type Boost,
  cancelBoost,
  findBoost,
  type GrantedBoost,
  insertBoost,
  isKept,
  loadBoosts,
  MAX_LIVE_BOOSTS,
} from '../../rules/index.ts';
import { cancelTimers, setTimers } from '../../timers/index.ts';
import { namesOf } from '../../users/index.ts';
import { fact } from '../catalogs.ts';
import type { Deeds, Done, Party, Scene } from '../deeds.ts';
import type { BoostOutcome, BoostResult } from '../model.ts';
import { type BoostCommand, parseBoost } from './parse-boost.ts';
import type { Rulebook } from '../rulebook.ts';
import { timerDeed, type TimerHandler } from '../timing.ts';

export interface Boosts {
  grant(raw: unknown, actor: Actor): Promise<BoostOutcome>;
  /** Ends it now; one that is over stays as it is. */
  cancel(id: string, reason: string | null, actor: Actor): Promise<BoostOutcome>;
}

type Kept = Omit<BoostResult, 'id' | 'user' | 'position'> & JsonObject;

const END = 'boost.end';

/** With those that ended lately, which late events may still have. */
const MAX_KEPT_BOOSTS = 2 * MAX_LIVE_BOOSTS;

export function createBoosts({ deeds, database }: { readonly deeds: Deeds; readonly database: Database }): Boosts {
  const read = { query: database.read.bind(database) };

  return {
    async grant(raw, actor) {
      const parsed = parseBoost(raw);
      if (!parsed.ok) return parsed;
      const command = parsed.value;
      const { id, user, rules, ...body } = command;
      const outcome = await deeds.run<Kept>({
        kind: 'boost.grant',
        id,
        body: { ...body, user, rules: rules === null ? null : [...rules] },
        users: user === null ? [] : [{ user }],
        actor,
        decide: (scene) => grant(scene, command),
      });
      return answered(outcome, id, user);
    },

    async cancel(id, reason, actor) {
      const boost = await findBoost(read, id);
      const user =
        boost === undefined || boost.account === null ? null : (await namesOf(read, [boost.account])).get(boost.account)?.id;
      if (boost === undefined || user === undefined) return refused(unknown());
      const outcome = await deeds.run<Kept>({
        kind: 'boost.cancel',
        id: null,
        body: {},
        users: partyOf(boost.account),
        actor,
        decide: (scene) => cancel(scene, id, reason),
      });
      return answered(outcome, id, user);
    },
  };
}

/** The timer of a boost that has come to its end. Nothing is changed by it: pricing goes by the times. */
export const endBoost: TimerHandler = (timer) =>
  timerDeed(timer, async (scene) => {
    const id = timer.data['boost'];
    const boost = typeof id === 'string' ? await findBoost(scene.tx, id) : undefined;
    if (boost === undefined) return accepted({});
    const refusal = announce(scene, 'boost.ended', boost);
    return refusal === undefined ? accepted({}) : refused(refusal);
  });

function partyOf(account: number | null): readonly Party[] {
  return account === null ? [] : [{ account }];
}

function unknown(): Refusal {
  return { code: 'unknown_boost', path: '/params/id', message: 'there is no boost of this id' };
}

function answered(outcome: Outcome<Done<Kept>>, id: string, user: string | null): BoostOutcome {
  if (!outcome.ok) return outcome;
  const { result, first, position } = outcome.value;
  // Whose it was is erased meanwhile.
  if (result.factor === undefined) return refused(unknown());
  return accepted({ result: { id, user, ...result, position }, first });
}

async function grant(scene: Scene, command: BoostCommand): Promise<Outcome<Kept>> {
  const { now, tx } = scene;
  const [member] = scene.members;
  if (member?.state.isNew === true) return refused({ code: 'unknown_user', path: '/user', message: `no user "${command.user}"` });
  const unfit = unfitFor(scene.rulebook, command);
  if (unfit !== undefined) return refused(unfit);
  const { id, factor, currency, rules, until, reason } = command;
  const from = command.from ?? now;
  if (until <= Math.max(now, from)) return refused({ code: 'invalid_time', path: '/until', message: 'must lie ahead' });
  const account = member?.state.account ?? null;
  // Of those for everyone no user's lock is held: the counter is one, and this transaction ends under it anyway.
  if (account === null) await lockHead(tx);
  const there = account === null ? await loadBoosts(tx, null, formatTime(now)) : (member?.state.boosts ?? []);
  const full = fullness(there, now);
  if (full !== undefined) return refused({ code: 'limit_reached', message: full });
  const boost: GrantedBoost = {
    uuid: scene.ids.uuid(),
    id,
    account,
    factor,
    currency,
    rules,
    from,
    until,
    grantedAt: now,
    grantedBy: scene.actor.id,
    reason,
    cancelled: false,
  };
  const refusal = announce(scene, 'boost.granted', boost);
  if (refusal !== undefined) return refused(refusal);
  member?.boost([...there, plain(boost)]);
  if (account === null) scene.record.changesCircumstances = true;
  scene.audit({ action: 'boost.grant', target: targetOf(boost), before: null, after: shown(boost), reason });
  await insertBoost(tx, boost);
  await setTimers(tx, [{ kind: END, key: boost.uuid, dueAt: until, account, data: { boost: id } }]);
  return accepted(shown(boost));
}

/** What of it the catalog does not have. */
function unfitFor({ catalog }: Rulebook, { currency, rules }: BoostCommand): Refusal | undefined {
  if (currency !== null && !catalog.currencies.has(currency))
    return { code: 'unknown_currency', path: '/currency', message: `the catalog has no currency "${currency}"` };
  const at = (rules ?? []).findIndex((id) => !catalog.rules.some((rule) => rule.id === id));
  if (at < 0) return undefined;
  return { code: 'malformed', path: `/rules/${at}`, message: `the catalog has no rule "${rules?.[at]}"` };
}

function fullness(there: readonly Boost[], now: number): string | undefined {
  const live = there.filter(({ until }) => until > now).length;
  if (live >= MAX_LIVE_BOOSTS) return `${live} boosts go on already; at most ${MAX_LIVE_BOOSTS} do`;
  const kept = there.filter((boost) => isKept(boost, now)).length;
  return kept < MAX_KEPT_BOOSTS ? undefined : `${kept} boosts go on or ended lately; at most ${MAX_KEPT_BOOSTS} are kept`;
}

async function cancel(scene: Scene, id: string, reason: string | null): Promise<Outcome<Kept>> {
  const { now, tx } = scene;
  if (scene.members.length === 0) await lockHead(tx);
  const before = await findBoost(tx, id);
  if (before === undefined) return refused(unknown());
  if (before.until <= now) return accepted(shown(before));
  const boost = { ...before, until: Math.max(now, before.from), cancelled: true };
  const refusal = announce(scene, 'boost.ended', boost);
  if (refusal !== undefined) return refused(refusal);
  const [member] = scene.members;
  member?.boost(member.state.boosts.map((one) => (one.id === id ? plain(boost) : one)));
  if (boost.account === null) scene.record.changesCircumstances = true;
  scene.audit({ action: 'boost.cancel', target: targetOf(boost), before: shown(before), after: shown(boost), reason });
  await cancelBoost(tx, boost.uuid, formatTime(boost.until));
  await cancelTimers(tx, [{ kind: END, key: boost.uuid }]);
  return accepted(shown(boost));
}

/** A person's boosts under their account: reasons are blanked when they are erased. */
function targetOf({ id, account }: GrantedBoost): string {
  return account === null ? `boost/${id}` : `${accountId(account)}/boost/${id}`;
}

function plain({ id, factor, currency, rules, from, until }: Boost): Boost {
  return { id, factor, currency, rules, from, until };
}

function shown({ factor, currency, rules, from, until, cancelled }: GrantedBoost): Kept {
  return {
    factor,
    currency,
    rules: rules === null ? null : [...rules],
    from: formatTime(from),
    until: formatTime(until),
    cancelled,
  };
}

/** About the user, whose rules may hear it; about nobody where it is for everyone. */
function announce(scene: Scene, type: 'boost.granted' | 'boost.ended', boost: GrantedBoost): Refusal | undefined {
  const data = { boost: boost.id, ...shown(boost) };
  const [member] = scene.members;
  if (member === undefined) {
    scene.record.rows.push(fact(type, data, formatTime(scene.now)));
    return undefined;
  }
  const unfolding = scene.unfold(member, { type });
  unfolding.facts.push({ type, data, cause: null });
  return scene.settle(member, unfolding);
}
