import { type Achievement, isUnlocked, type Tier, timesOf } from '../achievements/index.ts';
import { nameFault } from '../events/index.ts';
import { accountId } from '../kernel/ids.ts';
import { jsonFault, type JsonObject, pointerToken } from '../kernel/json.ts';
import { accepted, type Outcome, refused } from '../kernel/outcome.ts';
import type { Deeds, Scene } from './deeds.ts';
import type { Granted, Grants, Revoked } from './face.ts';
import type { Member } from './member.ts';
import type { Rulebook } from './rulebook.ts';

/** A reason is a sentence, not a document. Characters. */
const MAX_REASON = 1_000;

interface Command {
  readonly id: string | null;
  readonly tier: string | null;
  readonly reason: string;
  readonly reward: boolean;
}

export function createGrants(deeds: Deeds): Grants {
  return {
    async grant(user, achievement, raw, actor) {
      const parsed = parseCommand(raw, ['tier', 'reason', 'id', 'reward']);
      if (!parsed.ok) return parsed;
      const { id, ...body } = parsed.value;
      return deeds.run<Granted>({
        kind: 'achievement.grant',
        id,
        body: { user, achievement, ...body },
        users: [{ user }],
        actor,
        decide: async (scene) => grant(scene, user, achievement, parsed.value),
      });
    },

    async revoke(user, achievement, raw, actor) {
      const parsed = parseCommand(raw, ['tier', 'reason']);
      if (!parsed.ok) return parsed;
      return deeds.run<Revoked>({
        kind: 'achievement.revoke',
        id: null,
        body: {},
        users: [{ user }],
        actor,
        decide: async (scene) => revoke(scene, user, achievement, parsed.value),
      });
    },
  };
}

function grant(scene: Scene, user: string, id: string, command: Command): Outcome<Granted> {
  const found = find(scene, user, id, command.tier);
  if (!found.ok) return found;
  const { member, achievement, tier } = found.value;
  const before = standing(member, tier);
  if (before.unlocked)
    return refused({ code: 'already_unlocked', path: '/tier', message: `${user} has ${id}.${tier.id} already` });
  const unfolding = scene.unfold(member);
  const refusal = unfolding.grant(achievement, tier, command.reward) ?? scene.settle(member, unfolding);
  if (refusal !== undefined) return refused(refusal);
  audit(scene, 'achievement.grant', { member, achievement, tier, before, reason: command.reason });
  const paid = command.reward ? Object.fromEntries(tier.rewards.map(({ currency, amount }) => [currency, amount])) : {};
  return accepted({ achievement: id, tier: tier.id, paid });
}

function revoke(scene: Scene, user: string, id: string, command: Command): Outcome<Revoked> {
  const found = find(scene, user, id, command.tier);
  if (!found.ok) return found;
  const { member, achievement, tier } = found.value;
  const before = standing(member, tier);
  if (!before.unlocked)
    return refused({ code: 'not_unlocked', path: '/tier', message: `${user} does not have ${id}.${tier.id}` });
  const unfolding = scene.unfold(member);
  unfolding.revoke(achievement, tier, command.reason);
  const refusal = scene.settle(member, unfolding);
  if (refusal !== undefined) return refused(refusal);
  audit(scene, 'achievement.revoke', { member, achievement, tier, before, reason: command.reason });
  return accepted({ achievement: id, tier: tier.id });
}

interface Found {
  readonly member: Member;
  readonly achievement: Achievement;
  readonly tier: Tier;
}

function find({ members: [member], rulebook }: Scene, user: string, id: string, tier: string | null): Outcome<Found> {
  if (member === undefined || member.state.isNew) {
    return refused({ code: 'unknown_user', path: '/params/user', message: `no user "${user}"` });
  }
  const found = findTier(rulebook, id, tier);
  return found.ok ? accepted({ member, ...found.value }) : found;
}

/** Where an achievement has several tiers, one has to be named: a repeat must not meet the next one. */
function findTier({ achievements }: Rulebook, id: string, name: string | null): Outcome<Omit<Found, 'member'>> {
  const achievement = achievements.byId.get(id);
  if (achievement === undefined) {
    return refused({ code: 'unknown_achievement', path: '/params/achievement', message: `no achievement "${id}"` });
  }
  const { tiers } = achievement;
  const names = tiers.map((tier) => tier.id).join(', ');
  if (name === null && tiers.length > 1) {
    return refused({ code: 'malformed', path: '/tier', message: `is required: ${id} has the tiers ${names}` });
  }
  const tier = name === null ? tiers[0] : tiers.find((one) => one.id === name);
  if (tier !== undefined) return accepted({ achievement, tier });
  return refused({ code: 'unknown_achievement', path: '/tier', message: `${id} has no tier "${name}"; it has ${names}` });
}

interface Standing extends JsonObject {
  readonly unlocked: boolean;
  readonly times: number;
}

function standing({ state }: Member, { number }: Tier): Standing {
  const unlocked = isUnlocked(state.unlocks, number);
  return { unlocked, times: unlocked ? timesOf(state.times.get(number), state.unlocks, number) : 0 };
}

function audit(
  scene: Scene,
  action: string,
  { member, achievement, tier, before, reason }: Found & { readonly before: Standing; readonly reason: string },
): void {
  const target = `${accountId(member.state.account)}/${achievement.id}.${tier.id}`;
  scene.audit({ action, target, before, after: standing(member, tier), reason });
}

function parseCommand(raw: unknown, fields: readonly string[]): Outcome<Command> {
  const no = (path: string, message: string): ReturnType<typeof refused> => refused({ code: 'malformed', path, message });
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return no('', 'must be an object');
  const fault = jsonFault(raw);
  if (fault !== undefined) return no(fault.path, fault.message);
  const command = raw as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(command)) {
    if (!fields.includes(name)) return no(`/${pointerToken(name)}`, `is not known here (${fields.join(', ')})`);
  }
  const { id, tier, reason, reward } = command;
  const wrong = nameFault(id, false);
  if (wrong !== undefined) return no('/id', wrong);
  if (tier !== undefined && typeof tier !== 'string') return no('/tier', 'must be text: the id of a tier');
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > MAX_REASON) {
    return no('/reason', `must be text of 1 to ${MAX_REASON} characters`);
  }
  if (reward !== undefined && typeof reward !== 'boolean') return no('/reward', 'must be true or false');
  return accepted({ id: (id as string | undefined) ?? null, tier: tier ?? null, reason, reward: reward ?? true });
}
