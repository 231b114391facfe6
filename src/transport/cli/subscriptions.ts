import type { Command } from 'commander';
import pc from 'picocolors';
import type { SubscriptionHealth, SubscriptionReport } from '../../bus/index.ts';
import { addDeadLettersCommands } from './dead-letters.ts';
import { positive, type Within } from './input.ts';
import { CommandFailed, table } from './output.ts';
import { group, type MakeCommand, startOf, valueOf } from './outcome.ts';
import type { CliHost } from './port.ts';
import { addReplayCommand } from './replay.ts';

/** The event bus: who is told of what, what could not be delivered, and delivering again. */
export function addBusCommands(program: Command, command: MakeCommand, within: Within, host: CliHost): void {
  addSubscriptionsCommands(program, within, host);
  addDeadLettersCommands(program, within, host);
  addReplayCommand(command, within, host);
}

interface Given {
  readonly json?: boolean;
  readonly reason?: string;
}

interface NewGiven extends Given {
  readonly name: string;
  readonly types: string;
  readonly url?: string;
  readonly redis?: boolean;
  readonly stream?: string;
  readonly partitions?: number;
  readonly filter?: string;
  readonly from?: string;
  readonly order?: string;
  readonly concurrency?: number;
  readonly timeout?: number;
  readonly drainRate?: number;
}

/** Hours that the secret before signs too, where nothing else is said. */
const OVERLAP = 24;
const HOUR = 3_600;

function addSubscriptionsCommands(program: Command, within: Within, host: CliHost): void {
  const subcommand = group(program, 'subscriptions', 'who is told of which events: webhooks, handlers, relays to Redis', 'list');

  subcommand('list', 'list subscriptions, and how each is doing', 'list').action(({ json = false }: Given) =>
    within(json, async (app, output) => {
      const subscriptions = await app.bus.list();
      output.answer({ subscriptions }, () => listText(subscriptions));
    }),
  );

  subcommand('show', 'show a subscription, and how it is doing', 'show mirror')
    .argument('<name>', 'of the subscription')
    .action((name: string, { json = false }: Given) =>
      within(json, async (app, output) => {
        const subscription = await app.bus.show(name);
        if (subscription === undefined) throw new CommandFailed(`no subscription "${name}"`);
        output.answer({ subscription }, () => subscriptionText(subscription));
      }),
    );

  subcommand(
    'create',
    'subscribe a webhook, whose secret is shown once, or a relay to Redis streams',
    'create --name mirror --url https://example.org/diana --types "game.*,points.*"',
  )
    .requiredOption('--name <name>', 'small letters, digits, "_" and "-"')
    .requiredOption('--types <patterns>', 'patterns over event types, separated by commas; * is everything')
    .option('--url <address>', 'a webhook: where events are posted to')
    .option('--redis', 'a relay to Redis streams')
    .option('--stream <prefix>', 'of a relay: prefix of the keys of its streams')
    .option('--partitions <n>', 'of a relay: number of its streams', (text) => positive('--partitions', text))
    .option('--filter <condition>', 'in CEL, such as "event.data.amount > 10"')
    .option('--from <place>', 'now (default), beginning, a position, or an RFC 3339 time')
    .option('--order <order>', 'user (default): a failing event holds back the later ones of its user; none')
    .option('--concurrency <n>', 'most deliveries under way at once', (text) => positive('--concurrency', text))
    .option('--timeout <ms>', 'milliseconds for one attempt', (text) => positive('--timeout', text))
    .option('--drain-rate <n>', 'events a second while a backlog is worked off', (text) => positive('--drain-rate', text))
    .action(({ json = false, ...given }: NewGiven) =>
      within(json, async (app, output) => {
        const made = valueOf(await app.bus.create(newSubscription(given), host.actor));
        const { subscription, secret } = made;
        output.answer(made, () =>
          [
            ...(secret === null ? [] : [secret, 'This is its secret, shown once: keep it now.']),
            `${subscription.name} is a ${secret === null ? 'relay to Redis' : 'webhook'}, and begins behind position ${subscription.health.position}`,
          ].join('\n'),
        );
      }),
    );

  for (const [action, description, done] of [
    ['pause', 'deliver nothing more of it until it is resumed; nothing is lost', 'is paused'],
    ['resume', 'go on delivering, from where it ended', 'is active'],
  ] as const) {
    subcommand(action, description, `${action} mirror`)
      .argument('<name>', 'of the subscription')
      .option('--reason <text>', 'kept in the audit log')
      .action((name: string, { json = false, reason }: Given) =>
        within(json, async (app, output) => {
          const subscription = valueOf(await app.bus[action](name, host.actor, reason ?? null));
          output.answer({ subscription }, () => `${name} ${done}`);
        }),
      );
  }

  subcommand('delete', 'delete it, with what waits and its dead letters', 'delete mirror --reason "moved away"')
    .argument('<name>', 'of the subscription')
    .option('--reason <text>', 'kept in the audit log')
    .action((name: string, { json = false, reason }: Given) =>
      within(json, async (app, output) => {
        valueOf(await app.bus.remove(name, host.actor, reason ?? null));
        output.answer({ deleted: name }, () => `${name} is deleted`);
      }),
    );

  subcommand('rotate', 'replace the secret of a webhook; the new one is shown once', 'rotate mirror --overlap 48')
    .argument('<name>', 'of the subscription')
    .option('--overlap <hours>', 'how long the old one signs too; 0: it ends at once', overlapOf, OVERLAP)
    .action((name: string, { json = false, overlap }: Given & { readonly overlap: number }) =>
      within(json, async (app, output) => {
        const rotated = valueOf(await app.bus.rotate(name, overlap * HOUR, host.actor));
        output.answer(
          rotated,
          () => `${rotated.secret}\nThis is shown once: keep it now. The old one signs too until ${rotated.until}.`,
        );
      }),
    );
}

function overlapOf(text: string): number {
  const hours = Number(text);
  if (text === '' || !Number.isInteger(hours) || hours < 0 || hours > 720)
    throw new CommandFailed(`--overlap must be hours from 0 to 720, not "${text}"`);
  return hours;
}

function newSubscription({ redis, types, from, ...given }: NewGiven): object {
  if ((given.url === undefined) === (redis !== true))
    throw new CommandFailed('give --url ADDRESS for a webhook, or --redis for a relay, and not both');
  return {
    ...given,
    kind: redis === true ? 'redis' : 'webhook',
    types: types.split(',').map((pattern) => pattern.trim()),
    ...(from === undefined ? {} : { from: startOf(from) }),
  };
}

/** A line for each; what needs somebody is coloured. */
function listText(subscriptions: readonly SubscriptionReport[]): string {
  if (subscriptions.length === 0) return 'no subscriptions';
  const rows = subscriptions.map(({ name, kind, types, health }) => [
    name,
    kind,
    health.status,
    types.length > 3 ? `${types.slice(0, 3).join(' ')} …` : types.join(' '),
    `${count(health.lag.events)} behind`,
    `${count(health.waiting)} waiting`,
    `${count(health.deadLetters)} dead`,
  ]);
  return table(rows)
    .split('\n')
    .map((line, n) => colourOf(subscriptions[n]?.health)(line))
    .join('\n');
}

function colourOf(health: SubscriptionHealth | undefined): (text: string) => string {
  if (health === undefined) return String;
  if (health.status === 'disabled' || health.status === 'history_regressed') return pc.red;
  return health.status !== 'ok' || health.deadLetters > 0 ? pc.yellow : String;
}

function subscriptionText(subscription: SubscriptionReport): string {
  const { name, kind, types, filter, reason, settings, secrets = [], createdAt, createdBy, health } = subscription;
  const { breaker, backlog, lag } = health;
  const ending = secrets.flatMap(({ until }) => until ?? []);
  const facts: readonly (readonly [string, string | null])[] = [
    ['types', types.join(' ')],
    ['filter', filter],
    ['reason', reason],
    ['position', `${count(health.position)}, ${count(lag.events)} behind${lag.events === 0 ? '' : ` (${lag.seconds} s)`}`],
    ['backlog', backlog === null ? null : `from ${count(backlog.from)} to ${count(backlog.to)}, at ${count(backlog.position)}`],
    ['rate', health.rate === null ? null : `${count(health.rate)}/s`],
    [
      'delivered',
      `${count(health.delivered)}, ${count(health.failed)} failed attempts${health.lastDeliveredAt === null ? '' : `, last ${health.lastDeliveredAt}`}`,
    ],
    ['waiting', count(health.waiting)],
    ['dead', count(health.deadLetters)],
    ['breaker', breaker.state === 'closed' ? null : breakerText(breaker)],
    ['secrets', ending.length === 0 ? null : `old ones sign too until ${ending.join(', ')}`],
    ...Object.entries(settings).map(([key, value]) => [key, settingText(value)] as const),
    ['created', `${createdAt} by ${createdBy}`],
  ];
  const rows = facts.flatMap(([label, value]) => (value === null ? [] : [[`  ${label}`, value]]));
  return `${pc.bold(name)}  ${kind}  ${colourOf(health)(health.status)}\n${table(rows)}`;
}

function breakerText({ state, until, reason }: SubscriptionHealth['breaker']): string {
  return `${state.replace('_', ' ')}${until === null ? '' : ` until ${until}`}${reason === null ? '' : `: ${reason}`}`;
}

type Settings = SubscriptionReport['settings'];

function settingText(value: Settings[keyof Settings]): string | null {
  if (typeof value !== 'object') return value === undefined ? null : String(value);
  if (value === null) return null;
  return Object.entries(value)
    .map(([key, part]) => `${key} ${part}`)
    .join(', ');
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}
