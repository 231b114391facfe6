import { type Catalog, describeAchievement } from '../catalog/index.ts';
import { SYSTEM } from '../engine/index.ts';
import { transferId, transferUuid } from '../kernel/ids.ts';
import { formatTime } from '../kernel/time.ts';
import { type IdentityRow, type LoggedFact, readEvent } from './event-store.ts';
import { causesOf, causingEvent, eventAnswer, eventText, loggedEvent, reportedFact, storedRefusal } from './logged.ts';
import { calculatedAward, giverOf, limitText, ruleDefinition } from './reasons.ts';
import { transferEntry } from './transfers.ts';
import type { Asking } from './why-asking.ts';
import type { TransferWhy, WhyAnswer } from './why-model.ts';
import { type CausedTransferRow, readCausedTransfer } from './why-store.ts';
import { capital, figure, listed, moment } from './words.ts';

/** Where a transfer came from. `id`: its own, or the caller's. */
export async function explainTransfer(asking: Asking, id: string): Promise<WhyAnswer<TransferWhy>> {
  const { tx, person } = asking;
  const row = await find(asking, id);
  if (row !== undefined) return { ok: true, value: await explained(asking, row) };
  const command = await readEvent(tx, asking.digestOf(['transfer', id]));
  const refusal = storedRefusal(command?.result);
  if (refusal !== undefined && command?.account === person.account) return { ok: true, value: refused(asking, id, refusal) };
  const named = await find(asking, transferOf(command));
  return named === undefined ? { ok: false, fault: 'unknown_transfer' } : { ok: true, value: await explained(asking, named) };
}

async function find({ tx, person }: Asking, id: string): Promise<CausedTransferRow | undefined> {
  const uuid = transferUuid(id);
  return uuid === undefined ? undefined : readCausedTransfer(tx, person.account, uuid);
}

/** The transfer that a command was answered with. */
function transferOf(command: IdentityRow | undefined): string {
  const result = command?.result as { readonly transfer?: unknown } | undefined;
  return typeof result?.transfer === 'string' ? result.transfer : '';
}

function refused({ person }: Asking, id: string, refusal: NonNullable<TransferWhy['refusal']>): TransferWhy {
  const { code, message } = refusal;
  return {
    about: 'transfer',
    user: person.id,
    sentences: [`Transfer "${id}" was refused as ${code}, and nothing was booked: ${message}.`],
    arm: null,
    verdict: null,
    transfer: null,
    refusal: { code, message },
    reversed: null,
    actor: null,
    event: null,
    because: [],
    definition: null,
    award: null,
  };
}

async function explained(asking: Asking, row: CausedTransferRow): Promise<TransferWhy> {
  const transfer = transferEntry(row);
  const [cause, catalog] = [await readEvent(asking.tx, row.cause), await asking.catalogOf(row.catalog_version)];
  // Of a gift, the giver's side of the log is nobody else's business.
  const root = cause?.account === asking.person.account ? loggedEvent(cause) : undefined;
  const facts = root?.facts ?? [];
  const booked = facts.find(({ data }) => data?.['transfer'] === transfer.id);
  const because = booked === undefined ? [] : causesOf(booked, facts).slice(0, -1);
  const answer = eventAnswer(cause?.result);
  const given = [...(answer?.awards ?? []), ...(answer?.adjustments ?? [])].find((award) => award.transfer === transfer.id);
  const told = {
    transfer,
    refusal: null,
    reversed:
      row.reversed_by === null || row.reversed_at === null
        ? null
        : { transfer: transferId(row.reversed_by), at: formatTime(row.reversed_at) },
    actor: row.actor,
    event: root === undefined ? null : causingEvent(root),
    because: because.map(reportedFact),
    definition: row.rule === null ? null : definitionOf(row.rule, catalog),
    award: given === undefined ? null : calculatedAward(given, catalog),
  };
  const head = { about: 'transfer', user: asking.person.id, arm: null, verdict: null } as const;
  return { ...head, sentences: sentencesOf(asking, row, told, because), ...told };
}

/** What gave points, as a version defined it. */
function definitionOf(rule: string, catalog: Catalog | undefined): string | null {
  const { noun, id } = giverOf(rule);
  if (noun === 'rule') return ruleDefinition(id, catalog);
  if (noun !== 'achievement') return null;
  const achievement = catalog?.achievements.find((candidate) => candidate.id === id);
  return achievement === undefined ? null : describeAchievement(achievement);
}

function sentencesOf(
  asking: Asking,
  row: CausedTransferRow,
  told: Pick<TransferWhy, 'event' | 'definition' | 'award' | 'reversed'>,
  because: readonly LoggedFact[],
): readonly string[] {
  const { person, zone } = asking;
  const sentences = [
    movedText(person.id, row, zone),
    ...(row.rule === null || row.reverses !== null ? commandSentences(row) : giverSentences(row, row.rule, told)),
  ];
  if (told.event !== null && told.event.source !== null) {
    const chain = because.map(({ type, data }) => factText(type, data));
    sentences.push(
      `It came from ${eventText(told.event, zone)}${chain.length === 0 ? '' : `, which led to ${listed(chain, 'and then')}`}.`,
    );
  } else if (row.rule !== null && because.length > 0) {
    sentences.push(
      `It followed from ${listed(
        because.map(({ type, data }) => factText(type, data)),
        'and then',
      )}.`,
    );
  }
  const { award, reversed } = told;
  if (award !== null) {
    if (award.arithmetic !== undefined) sentences.push(`The amount: ${award.arithmetic}.`);
    if (award.limits !== undefined) sentences.push(`Its limits then stood at ${listed(award.limits.map(limitText))}.`);
    for (const id of award.failed ?? []) sentences.push(`Multiplier ${id} did not apply, because its condition had no value.`);
  }
  if (reversed !== null)
    sentences.push(`It was taken back on ${moment(Date.parse(reversed.at), zone)}, by ${reversed.transfer}.`);
  return sentences;
}

/** What is held is still the user's, and part of the balance in the ledger. */
function movedText(user: string, { kind, amount, currency, balance, recorded_at: at }: CausedTransferRow, zone: string): string {
  const what = `${figure(Math.abs(amount))} ${currency}`;
  const on = `on ${moment(at, zone)}`;
  if (kind === 'hold' || kind === 'release') {
    const done = kind === 'hold' ? 'set apart' : 'given back';
    return `${what} of ${user} were ${done} ${on}; the balance, with what is held, stayed at ${figure(balance)}.`;
  }
  return `${user} ${amount > 0 ? 'received' : 'gave up'} ${what} ${on}, after which the balance was ${figure(balance)}.`;
}

function factText(type: string, data: LoggedFact['data']): string {
  const detail = ['achievement', 'tier', 'streak', 'level'].flatMap((name) => {
    const value = data?.[name];
    return typeof value === 'string' || typeof value === 'number' ? [value] : [];
  });
  return detail.length === 0 ? type : `${type} (${detail.join(' ')})`;
}

/** Of a transfer that somebody asked for, or that Diana made by itself. */
function commandSentences({ kind, amount, counterparty, person, actor, reason, reverses }: CausedTransferRow): readonly string[] {
  const other = counterparty < 0 ? undefined : (person ?? 'somebody who was erased');
  const by = actor === null ? '' : ` by key ${actor}`;
  const why = reason === null ? '' : ` The reason: ${reason}`;
  const kinds: Readonly<Record<string, string>> = {
    award: `It was awarded outside the rules${by}.`,
    force: `It was awarded outside the rules and past the watch for abuse${by}.`,
    spend: `It was spent${by}.`,
    adjust: `It was adjusted by hand${by}.`,
    hold: `It was set apart by a hold${by}: it is still the user's, and cannot be spent.`,
    release: actor === SYSTEM.id ? 'It was given back by a hold whose time was over.' : `It was given back by a hold${by}.`,
    capture: `It was taken out of what a hold had set apart${by}.`,
    expire: 'Its time was over: points of this currency expire.',
    reverse: `It takes back ${reverses === null ? 'another transfer' : transferId(reverses)}${by}.`,
    transfer: `It was ${amount > 0 ? `a gift from ${other ?? 'another user'}` : `given to ${other ?? 'another user'}`}${by}.`,
  };
  const text = kinds[kind] ?? `It was booked as "${kind}"${other === undefined ? '' : ` with ${other}`}${by}.`;
  return [`${text}${why}${why === '' || /[.!?]$/.test(why) ? '' : '.'}`];
}

/** Of what a rule, an achievement or something else of the catalog gave. */
function giverSentences(
  { kind, amount, catalog_version: version }: CausedTransferRow,
  giver: string,
  { definition }: Pick<TransferWhy, 'definition'>,
): readonly string[] {
  const { noun, id, rest } = giverOf(giver);
  const verb = amount > 0 ? 'gave' : 'took';
  const booked = kind === 'award' ? '' : `, booked as "${kind}"`;
  const by = definition === null ? '' : `: ${definition}`;
  const under = `Version ${version} of the catalog decided it.`;
  if (noun === 'rule') return [`Rule "${id}" ${verb} it${booked}${by}.`, under];
  if (noun === 'achievement')
    return [`It rewards achievement "${id}"${rest.length === 0 ? '' : `, tier ${rest.join(' ')}`}${booked}${by}.`, under];
  const more = rest.length === 0 ? '' : ` (${rest.join(', ')})`;
  return [`${capital(noun)} "${id}"${more} ${verb} it${booked}, as ${giver}.`, under];
}
