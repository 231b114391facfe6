import type { Actor } from '../../access/index.ts';
import { type KnownIdentity, loadIdentities, nameFault } from '../../events/index.ts';
import { keyedDigest } from '../../kernel/digest.ts';
import { transferUuid } from '../../kernel/ids.ts';
import { pointerToken } from '../../kernel/json.ts';
import { accepted, type Outcome, refused } from '../../kernel/outcome.ts';
import type { Database } from '../../kernel/ports.ts';
import type { EventPayload, TransferPayload } from '../answers.ts';
import type { Catalogs } from '../catalogs.ts';
import { deedIdentity, type Deeds, type Done } from '../deeds.ts';
import { reverseBetween } from './reverse-between.ts';
import type { UndoReport, Undos } from './undo-model.ts';
import { findTransfer } from './undo-store.ts';
import { type Target, undoOf, type UndoCommand } from './undo-user.ts';

/** A reason is a sentence, not a document. Characters. */
const MAX_REASON = 1_000;
const KEEPS = ['achievements', 'levels'] as const;
/** Holds end by being released; what takes something back is not taken back itself. */
const REVERSIBLE: ReadonlySet<string> = new Set(['award', 'spend', 'transfer', 'adjust', 'force', 'capture', 'expire']);

const UNDO = 'event.undo';

/** What the identity digest of the undoing of an event is made of. */
export function undoIdentity(position: number): readonly string[] {
  return deedIdentity(UNDO, String(position));
}

export function createUndos(options: {
  readonly database: Database;
  readonly deeds: Deeds;
  readonly catalogs: Catalogs;
  readonly digestKey: string;
}): Undos {
  const { database, deeds, catalogs, digestKey } = options;
  const read = { query: database.read.bind(database) };

  async function identity(...names: readonly string[]): Promise<KnownIdentity | undefined> {
    const [known] = await loadIdentities(read, [keyedDigest(digestKey, names)]);
    return known;
  }

  async function undo(
    name: string,
    id: string,
    account: number,
    target: Target,
    command: UndoCommand,
    actor: Actor,
  ): Promise<Outcome<Done<UndoReport>>> {
    const outcome = await deeds.run<UndoReport>({
      kind: name,
      id: command.dryRun ? null : id,
      // Whoever asks again gets the first answer, whatever the reason is this time.
      body: {},
      users: [{ account }],
      actor,
      decide: (scene) => undoOf(scene, target, command, catalogs),
    });
    return ofSomebody(outcome);
  }

  /** Of the command that came with this id. */
  async function transferOf(id: string): Promise<string | undefined> {
    if (nameFault(id, true) !== undefined) return undefined;
    const known = await identity('transfer', id);
    const { transfer } = known === undefined ? {} : (JSON.parse(known.result) as Partial<TransferPayload>);
    return transfer === undefined ? undefined : transferUuid(transfer);
  }

  return {
    async undoEvent(source, id, raw, actor) {
      const parsed = parseCommand(raw);
      if (!parsed.ok) return parsed;
      const known = await identity('event', source, id);
      if (known === undefined)
        return refused({ code: 'unknown_event', path: '/params/id', message: `no event "${id}" of source "${source}"` });
      const { position, account } = known;
      const payload = JSON.parse(known.result) as EventPayload | { readonly refusal: object };
      if (position === null || account === null || 'refusal' in payload) {
        return refused({
          code: 'unknown_event',
          path: '/params/id',
          message: `the event "${id}" was refused: it changed nothing`,
        });
      }
      const target: Target = { kind: 'event', source, id, position, payload };
      return undo(UNDO, String(position), account, target, parsed.value, actor);
    },

    async reverseTransfer(id, raw, actor) {
      const parsed = parseCommand(raw);
      if (!parsed.ok) return parsed;
      const transfer = transferUuid(id) ?? (await transferOf(id));
      const found = transfer === undefined ? undefined : await findTransfer(read, transfer);
      if (transfer === undefined || found === undefined) {
        return refused({ code: 'unknown_transfer', path: '/params/id', message: `no transfer "${id}"` });
      }
      if (!REVERSIBLE.has(found.kind)) {
        const message = `what is of kind "${found.kind}" is not reversed: release a hold, or adjust`;
        return refused({ code: 'malformed', path: '/params/id', message });
      }
      const { debit, credit } = found;
      if (debit < 0 || credit < 0) {
        return undo('transfer.reverse', transfer, Math.max(debit, credit), { kind: 'transfer', transfer }, parsed.value, actor);
      }
      const outcome = await deeds.run<UndoReport>({
        kind: 'transfer.reverse',
        id: parsed.value.dryRun ? null : transfer,
        body: {},
        users: [{ account: credit }, { account: debit }],
        actor,
        decide: (scene) => reverseBetween(scene, transfer, parsed.value),
      });
      return ofSomebody(outcome);
    },
  };
}

/** Nothing is done, and nothing told, where one of the users was erased. */
function ofSomebody(outcome: Outcome<Done<UndoReport>>): Outcome<Done<UndoReport>> {
  if (!outcome.ok || outcome.value.result.dryRun !== undefined) return outcome;
  return refused({ code: 'unknown_user', path: '/params/id', message: 'whose it was is erased: nothing is left to take back' });
}

function parseCommand(raw: unknown): Outcome<UndoCommand> {
  const no = (path: string, message: string): ReturnType<typeof refused> => refused({ code: 'malformed', path, message });
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return no('', 'must be an object with a reason');
  const { reason, dryRun = false, keep = [], ...strangers } = raw as Readonly<Record<string, unknown>>;
  const [stranger] = Object.keys(strangers);
  if (stranger !== undefined) return no(`/${pointerToken(stranger)}`, 'is not known here (reason, dryRun, keep)');
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > MAX_REASON || reason.includes('\u0000')) {
    return no('/reason', `must be text of 1 to ${MAX_REASON} characters`);
  }
  if (typeof dryRun !== 'boolean') return no('/dryRun', 'must be true or false');
  if (!Array.isArray(keep) || !keep.every((one) => KEEPS.includes(one as (typeof KEEPS)[number]))) {
    return no('/keep', `must be a list of ${KEEPS.join(' and ')}`);
  }
  return accepted({ reason, dryRun, keep: keep as UndoCommand['keep'] });
}
