import type { Actor } from '../../access/index.ts';
import { holdId, holdUuid, transferId } from '../../kernel/ids.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { accepted, type Outcome, refused } from '../../kernel/outcome.ts';
import type { Database } from '../../kernel/ports.ts';
import type { Refusal } from '../../kernel/refusals.ts';
import { formatTime } from '../../kernel/time.ts';
import { EMPTY_BALANCE, findHold, type Hold, insertHold, loadHold, reduced, restOfHold, saveHold } from '../../ledger/index.ts';
import { cancelTimers, setTimers } from '../../timers/index.ts';
import { namesOf } from '../../users/index.ts';
import type { Deeds, Done, Scene } from '../deeds.ts';
import { expireDue } from './expiry.ts';
import type { Member } from '../member.ts';
import type { HoldOutcome, HoldResult } from '../model.ts';
import { type CaptureCommand, type HoldCommand, parseCapture, parseHold, parseRelease } from './parse-hold.ts';
import { book, type Booked } from '../post.ts';
import { timerDeed, type TimerHandler } from '../timing.ts';
import type { Unfolding } from '../unfold.ts';
import { forbidden } from '../wire.ts';

export interface Holds {
  create(raw: unknown, actor: Actor): Promise<HoldOutcome>;
  /** `id`: the caller's, or ours. */
  capture(id: string, raw: unknown, actor: Actor): Promise<HoldOutcome>;
  release(id: string, raw: unknown, actor: Actor): Promise<HoldOutcome>;
}

/** What is kept of an answer. */
type Kept = Omit<HoldResult, 'id' | 'user' | 'position'> & JsonObject;

const EXPIRE = 'hold.expire';

export function createHolds({ deeds, database }: { readonly deeds: Deeds; readonly database: Database }): Holds {
  const read = { query: database.read.bind(database) };

  /** The hold with the outside id of whose it is; undefined where it, or they, are not there. */
  async function find(id: string): Promise<{ readonly hold: Hold; readonly user: string } | undefined> {
    const hold = await findHold(read, id, holdUuid(id) ?? null);
    if (hold === undefined) return undefined;
    const user = (await namesOf(read, [hold.account])).get(hold.account)?.id;
    return user === undefined ? undefined : { hold, user };
  }

  return {
    async create(raw, actor) {
      const parsed = parseHold(raw);
      if (!parsed.ok) return parsed;
      const command = parsed.value;
      if (actor.role === 'client') return forbidden('a client key may not hold points');
      const { id, user, expires, ...body } = command;
      const outcome = await deeds.run<Kept>({
        kind: 'hold.create',
        id,
        body: { ...body, user, expires: expires === null ? null : { ...expires } },
        users: [{ user }],
        actor,
        decide: (scene) => holdPoints(scene, command),
      });
      return answered(outcome, id, user);
    },

    async capture(id, raw, actor) {
      const parsed = parseCapture(raw);
      if (!parsed.ok) return parsed;
      if (actor.role === 'client') return forbidden('a client key may not capture points');
      const found = await find(id);
      if (found === undefined) return refused(unknown());
      const { hold, user } = found;
      const { id: own, ...command } = parsed.value;
      const { to } = command;
      const outcome = await deeds.run<Kept>({
        kind: 'hold.capture',
        id: own,
        body: { hold: hold.id, ...command },
        users: to === null ? [{ account: hold.account }] : [{ account: hold.account }, { user: to }],
        actor,
        ...(to === null ? {} : { sends: hold.currency }),
        decide: (scene) => capturePoints(scene, hold.id, command),
      });
      return answered(outcome, hold.name, user);
    },

    async release(id, raw, actor) {
      const parsed = parseRelease(raw);
      if (!parsed.ok) return parsed;
      if (actor.role === 'client') return forbidden('a client key may not release points');
      const found = await find(id);
      if (found === undefined) return refused(unknown());
      const { hold, user } = found;
      const { id: own, amount } = parsed.value;
      const outcome = await deeds.run<Kept>({
        kind: 'hold.release',
        id: own,
        body: { hold: hold.id, amount },
        users: [{ account: hold.account }],
        actor,
        decide: (scene) => releasePoints(scene, hold.id, amount, 'released'),
      });
      return answered(outcome, hold.name, user);
    },
  };
}

/** The timer of a hold that waited long enough. */
export const expireHold: TimerHandler = (timer) =>
  timerDeed(timer, async (scene) => {
    const hold = await loadHold(scene.tx, timer.key);
    return hold?.state === 'held' ? releasePoints(scene, hold.id, null, 'expired') : accepted({});
  });

function unknown(): Refusal {
  return { code: 'unknown_hold', path: '/params/id', message: 'there is no hold of this id' };
}

function answered(outcome: Outcome<Done<Kept>>, id: string, user: string): HoldOutcome {
  if (!outcome.ok) return outcome;
  const { result, first, position } = outcome.value;
  // Whose it was is erased meanwhile.
  if (result.hold === undefined) return refused(unknown());
  return accepted({ result: { id, user, ...result, position: position ?? 0 }, first });
}

async function holdPoints(scene: Scene, command: HoldCommand): Promise<Outcome<Kept>> {
  const { now, rulebook } = scene;
  const [member] = scene.members;
  if (member === undefined || member.state.isNew)
    return refused({ code: 'unknown_user', path: '/user', message: `no user "${command.user}"` });
  const currency = rulebook.catalog.currencies.get(command.currency);
  if (currency === undefined)
    return refused({ code: 'unknown_currency', path: '/currency', message: `the catalog has no currency "${command.currency}"` });
  const { expires, amount } = command;
  const expiresAt = expires === null ? null : 'in' in expires ? now + expires.in : expires.at;
  if (expiresAt !== null && expiresAt <= now)
    return refused({ code: 'invalid_time', path: '/expiresAt', message: 'the time at which it expires is over' });
  const uuid = scene.ids.uuid();
  const unfolding = scene.unfold(member, { type: 'points.held' });
  const booked = book(
    { kind: 'hold', currency: currency.code, amount, rule: null, reason: command.reason },
    { user: unfolding.account, to: null },
    currency.overdraft,
    { ...scene.cause, occurredAt: now, ordinal: 0 },
  );
  if (!booked.ok) return booked;
  const { transfer } = booked.value;
  const { account } = member.state;
  const hold: Hold = {
    id: uuid,
    name: command.id,
    account,
    currency: currency.code,
    amount,
    captured: 0,
    released: 0,
    state: 'held',
    expiresAt,
  };
  announce(unfolding, 'points.held', hold, booked.value);
  const refusal = unfolding.settle(null, { currency: currency.code, amount }) ?? scene.settle(member, unfolding, [booked.value]);
  if (refusal !== undefined) return refused(refusal);
  await insertHold(scene.tx, { ...hold, createdAt: now, transfer: transfer.id, cause: scene.cause.digest });
  if (expiresAt !== null) await setTimers(scene.tx, [{ kind: EXPIRE, key: uuid, dueAt: expiresAt, account, data: {} }]);
  return accepted(kept(hold, member, booked.value));
}

/** The hold as it is under the lock of its account, or why nothing can be done to it. */
async function openHold(scene: Scene, id: string, amount: number | null): Promise<Outcome<Hold>> {
  const hold = await loadHold(scene.tx, id);
  if (hold === undefined) return refused(unknown());
  const { state, expiresAt } = hold;
  if (state !== 'held') return refused({ code: 'hold_closed', path: '/params/id', message: `it is over: ${state}` });
  if (expiresAt !== null && expiresAt <= scene.now)
    return refused({ code: 'hold_closed', path: '/params/id', message: `it expired at ${formatTime(expiresAt)}` });
  const rest = restOfHold(hold);
  if (amount === null || amount <= rest) return accepted(hold);
  return refused({
    code: 'insufficient_balance',
    path: '/amount',
    message: `${amount} ${hold.currency} needed, ${rest} left of the hold`,
  });
}

async function capturePoints(scene: Scene, id: string, command: Omit<CaptureCommand, 'id'>): Promise<Outcome<Kept>> {
  const [member, to] = scene.members;
  const open = await openHold(scene, id, command.amount);
  if (!open.ok) return open;
  if (member === undefined) return refused(unknown());
  if (to === member) return refused({ code: 'same_user', path: '/to', message: 'the points are of this user already' });
  const { currency } = open.value;
  const amount = command.amount ?? restOfHold(open.value);
  const giver = scene.unfold(member, { type: 'points.captured' });
  const receiver = to === undefined ? null : scene.unfold(to, { type: 'points.transferred' });
  const booked = book(
    { kind: 'capture', currency, amount, rule: null, reason: null },
    { user: giver.account, to: receiver?.account ?? null },
    'deny',
    { ...scene.cause, occurredAt: scene.now, ordinal: 0 },
  );
  if (!booked.ok) return booked;
  const all = [booked.value];
  let hold = reduced(open.value, { captured: amount }, 'captured');
  const limits = scene.rulebook.catalog.currencies.get(currency);
  const beyond = receiver === null || limits === undefined ? undefined : giver.send(limits, amount);
  if (beyond !== undefined) return refused(beyond);
  announce(giver, 'points.captured', hold, booked.value);
  if (receiver !== null) announceReceived(receiver, currency, booked.value);
  const moved = { currency, amount };
  const counted = giver.settle(receiver === null ? 'spent' : null, moved) ?? receiver?.settle(null, moved);
  if (counted !== undefined) return refused(counted);
  const rest = restOfHold(hold);
  let write = async (): Promise<void> => undefined;
  if (command.final && rest > 0) {
    const released = await giveBack(scene, member, giver, { hold, amount: rest, end: 'captured', ordinal: all.length });
    if (!released.ok) return released;
    all.push(...released.value.booked);
    ({ hold, write } = released.value);
  }
  const refusal =
    scene.settle(member, giver, all) ?? (to === undefined || receiver === null ? undefined : scene.settle(to, receiver));
  if (refusal !== undefined) return refused(refusal);
  await write();
  await store(scene, hold);
  return accepted(kept(hold, member, booked.value));
}

async function releasePoints(
  scene: Scene,
  id: string,
  asked: number | null,
  end: 'released' | 'expired',
): Promise<Outcome<Kept>> {
  const [member] = scene.members;
  const open = end === 'expired' ? await expiredHold(scene, id) : await openHold(scene, id, asked);
  if (!open.ok) return open;
  if (member === undefined) return refused(unknown());
  const unfolding = scene.unfold(member, { type: 'points.released' });
  const amount = asked ?? restOfHold(open.value);
  const released = await giveBack(scene, member, unfolding, { hold: open.value, amount, end, ordinal: 0 });
  if (!released.ok) return released;
  const { hold, booked, write } = released.value;
  const refusal = scene.settle(member, unfolding, booked);
  if (refusal !== undefined) return refused(refusal);
  await write();
  await store(scene, hold);
  return accepted(kept(hold, member, booked[0] as Booked));
}

async function expiredHold(scene: Scene, id: string): Promise<Outcome<Hold>> {
  const hold = await loadHold(scene.tx, id);
  return hold === undefined ? refused(unknown()) : accepted(hold);
}

/** Books a release, and the expiry of what is of lots whose day has come meanwhile. */
async function giveBack(
  scene: Scene,
  member: Member,
  unfolding: Unfolding,
  part: {
    readonly hold: Hold;
    readonly amount: number;
    readonly end: 'captured' | 'released' | 'expired';
    readonly ordinal: number;
  },
): Promise<Outcome<{ readonly hold: Hold; readonly booked: readonly Booked[]; write(): Promise<void> }>> {
  const { amount, ordinal } = part;
  const { currency } = part.hold;
  const booked = book(
    { kind: 'release', currency, amount, rule: null, reason: null },
    { user: unfolding.account, to: null },
    'deny',
    { ...scene.cause, occurredAt: scene.now, ordinal },
  );
  if (!booked.ok) return booked;
  const hold = reduced(part.hold, { released: amount }, part.end);
  announce(unfolding, 'points.released', hold, booked.value);
  const refusal = unfolding.settle(null, { currency, amount });
  if (refusal !== undefined) return refused(refusal);
  if (scene.rulebook.expiries?.has(currency) !== true)
    return accepted({ hold, booked: [booked.value], write: async () => undefined });
  const expired = await expireDue(scene, member, unfolding, currency, ordinal + 1);
  if (!expired.ok) return expired;
  return accepted({ hold, booked: [booked.value, ...expired.value.booked], write: expired.value.write });
}

function announce(unfolding: Unfolding, type: string, hold: Hold, { transfer }: Booked): void {
  const { available, held } = unfolding.account.balances.get(hold.currency) ?? EMPTY_BALANCE;
  const { kind, currency, amount } = transfer;
  const data = { hold: holdId(hold.id), transfer: transferId(transfer.id), kind, currency, amount, balance: available, held };
  unfolding.facts.push({ type, data: { ...data, state: hold.state }, cause: null });
}

function announceReceived(unfolding: Unfolding, currency: string, { transfer }: Booked): void {
  const balance = unfolding.account.balances.get(currency)?.available ?? 0;
  const { kind, amount } = transfer;
  const data = { transfer: transferId(transfer.id), kind, currency, amount, balance, direction: 'in' };
  unfolding.facts.push({ type: 'points.transferred', data, cause: null });
}

async function store(scene: Scene, hold: Hold): Promise<void> {
  await saveHold(scene.tx, hold);
  if (hold.state !== 'held' && hold.expiresAt !== null) await cancelTimers(scene.tx, [{ kind: EXPIRE, key: hold.id }]);
}

/** After it was settled: rules may have given something in turn. */
function kept(hold: Hold, { state }: Member, { transfer }: Booked): Kept {
  const { available, held } = state.balances.get(hold.currency) ?? EMPTY_BALANCE;
  return {
    hold: holdId(hold.id),
    transfer: transferId(transfer.id),
    currency: hold.currency,
    amount: hold.amount,
    captured: hold.captured,
    released: hold.released,
    state: hold.state,
    expiresAt: hold.expiresAt === null ? null : formatTime(hold.expiresAt),
    balance: available,
    held,
  };
}
