import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplayAnswer, SubscriptionReport } from '../../bus/index.ts';
import type { Within } from './input.ts';
import { type MakeCommand, startOf, valueOf } from './outcome.ts';
import { CommandFailed, type Output, table } from './output.ts';
import type { CliApp, CliHost } from './port.ts';

/** How often is looked how far it has come. Milliseconds. */
const STEP = 250;
/** Without progress for so long, something holds it up that somebody should know of. Milliseconds. */
const STANDSTILL = 5_000;

interface Given {
  readonly json?: boolean;
  readonly from: string;
  readonly into?: string;
  readonly url?: string;
  readonly stream?: string;
  readonly dryRun?: boolean;
  readonly wait: boolean;
}

/** `diana replay NAME`: delivers again, and shows how far that has come. */
export function addReplayCommand(command: MakeCommand, within: Within, host: CliHost): void {
  command(
    'replay',
    'deliver events to a subscription again, from a place in the log on',
    'replay mirror --from 2026-11-01T00:00:00Z --dry-run\n  $ diana replay mirror --from beginning --into mirror-2 --url https://example.org/new',
  )
    .argument('<name>', 'of the subscription')
    .requiredOption('--from <place>', 'beginning, a position behind which it begins, or an RFC 3339 time')
    .option('--into <name>', 'by a new subscription, beside the old one')
    .option('--url <address>', 'of the new webhook; default: the same')
    .option('--stream <prefix>', 'prefix of the new streams in Redis; default: the new name')
    .option('--dry-run', 'only count')
    .option('--no-wait', 'end once it has begun; the service goes on with it')
    .action((name: string, { json = false, wait, from, dryRun = false, into, url, stream }: Given) =>
      within(json, async (app, output) => {
        const optional = Object.entries({ into, url, stream }).filter(([, value]) => value !== undefined);
        const input = { from: startOf(from), dryRun, ...Object.fromEntries(optional) };
        const replay = valueOf(await app.bus.replay(name, input, host.actor));
        if (dryRun || !wait) return output.answer({ ...replay, reached: false }, () => replayText(replay));
        output.note(replayText(replay));
        await follow(app, host, output, replay);
        output.answer({ ...replay, reached: true }, () => `${replay.subscription} has reached position ${count(replay.to)}`);
      }),
    );
}

/** Resolves once everything is delivered, or waits on record. */
async function follow(app: CliApp, host: CliHost, output: Output, { subscription, from, to }: ReplayAnswer): Promise<void> {
  const progress = output.progress('replay');
  let last = from;
  let since = host.stopwatch();
  let told: string | undefined;
  try {
    for (;;) {
      const report = await app.bus.show(subscription);
      if (report === undefined) throw new CommandFailed(`"${subscription}" was deleted meanwhile`);
      const { position } = report.health;
      progress.update(Math.min(position, to) - from, to - from);
      if (position >= to) return;
      if (position > last) {
        last = position;
        since = host.stopwatch();
        told = undefined;
      } else if (host.stopwatch() - since >= STANDSTILL) {
        const why = standstillText(report);
        if (why !== undefined && why !== told) {
          progress.end();
          output.note(`${why}. Waiting; Ctrl-C ends only the waiting`);
          told = why;
        }
      }
      await sleep(STEP);
    }
  } finally {
    progress.end();
  }
}

/** Why nothing moves; undefined where nothing is known to hold it up. */
function standstillText({ name, kind, reason, health }: SubscriptionReport): string | undefined {
  const { status, breaker } = health;
  const because = reason === null ? '' : ` (${reason})`;
  if (status === 'idle')
    return kind === 'handler' ? `no program that handles ${name} is running` : `nobody delivers ${name}: no service is running`;
  if (status === 'paused' || status === 'disabled') return `${name} is ${status}${because}: diana subscriptions resume ${name}`;
  if (status === 'held') return `${name} is held: ${breaker.reason ?? 'its receiver asked for a pause'}`;
  if (status === 'history_regressed') return `${name} stands beyond the end of the log: history regressed`;
  return undefined;
}

function replayText({ subscription, from, to, events, types, dryRun }: ReplayAnswer): string {
  const verb = dryRun ? 'would get' : 'gets';
  const rows = Object.entries(types)
    .toSorted(([, a], [, b]) => b - a)
    .map(([type, n]) => [`  ${type}`, n]);
  const heading = `${subscription} ${verb} ${count(events)} ${events === 1 ? 'event' : 'events'}, behind position ${count(from)} up to ${count(to)}`;
  return [heading, ...(rows.length === 0 ? [] : [table(rows)])].join('\n');
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}
