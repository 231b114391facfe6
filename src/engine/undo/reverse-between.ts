import { accountId, transferId } from '../../kernel/ids.ts';
import { accepted, type Outcome, refused } from '../../kernel/outcome.ts';
import type { Scene } from '../deeds.ts';
import { book } from '../post.ts';
import { spent } from './take-back.ts';
import type { TakenBack, UndoReport } from './undo-model.ts';
import { loadEntries } from './undo-store.ts';
import type { UndoCommand } from './undo-user.ts';

/** Points that one user gave to another go back. They were neither earned nor spent: nothing else is unwound. */
export async function reverseBetween(scene: Scene, transfer: string, command: UndoCommand): Promise<Outcome<UndoReport>> {
  const { tx, rulebook, now } = scene;
  const [receiver, giver] = scene.members;
  if (receiver === undefined || giver === undefined)
    return refused({ code: 'unknown_user', message: 'one of the two was erased' });
  const [entry] = await loadEntries(tx, receiver.state.account, [transfer], []);
  if (entry === undefined) return refused({ code: 'already_undone', message: 'the transfer was taken back before' });
  const { currency, amount: wanted } = entry;
  const available = receiver.state.balances.get(currency)?.available ?? 0;
  const policy = rulebook.catalog.currencies.get(currency)?.reversal ?? 'refuse';
  if (available < wanted && policy === 'refuse') {
    return refused(spent(wanted, currency, available));
  }
  const amount = policy === 'clamp' ? Math.min(wanted, Math.max(0, available)) : wanted;
  const told = { reverses: transferId(transfer), currency, amount: -amount, short: wanted - amount };
  const from = scene.unfold(receiver, { type: 'points.reversed' });
  const { level } = from;
  if (amount === 0) return accepted(reportOf({ ...told, transfer: null, balance: available }, level, command));
  const to = scene.unfold(giver, { type: 'points.reversed' });
  const booked = book(
    { kind: 'reverse', currency, amount, rule: null, reason: command.reason, reverses: transfer },
    { user: from.account, to: to.account },
    policy === 'debt' ? 'allow' : 'deny',
    { ...scene.cause, occurredAt: now, ordinal: 0 },
  );
  if (!booked.ok) return booked;
  const balanceOf = (side: typeof from): number => side.account.balances.get(currency)?.available ?? 0;
  const takenBack: TakenBack = { ...told, transfer: transferId(booked.value.transfer.id), balance: balanceOf(from) };
  if (command.dryRun) return accepted(reportOf(takenBack, level, command));
  for (const [side, direction] of [
    [from, 'out'],
    [to, 'in'],
  ] as const) {
    const data = {
      transfer: takenBack.transfer,
      reverses: told.reverses,
      kind: 'reverse',
      currency,
      amount,
      balance: balanceOf(side),
      direction,
    };
    side.facts.push({ type: 'points.reversed', data, cause: null });
  }
  const refusal =
    from.settle(null, { currency, amount }) ??
    to.settle(null, { currency, amount }) ??
    scene.settle(receiver, from, [booked.value]) ??
    scene.settle(giver, to);
  if (refusal !== undefined) return refused(refusal);
  scene.audit({
    action: 'transfer.reverse',
    target: `${accountId(receiver.state.account)}/${told.reverses}`,
    before: { available },
    after: { available: takenBack.balance },
    reason: command.reason,
  });
  return accepted(reportOf(takenBack, level, command));
}

function reportOf(takenBack: TakenBack, level: number, { dryRun }: UndoCommand): UndoReport {
  return {
    dryRun,
    reversed: [{ ...takenBack }],
    achievements: { revoked: [], kept: [] },
    level: { before: level, after: level },
    metrics: {},
    streaks: {},
    boards: [],
  };
}
