import { Writable } from 'node:stream';
import type { Command } from 'commander';
import { catalogSchema } from '../../src/catalog/index.ts';
import { VARIABLES } from '../../src/platform/config.ts';
import { createMetrics } from '../../src/platform/metrics.ts';
import { createProgram } from '../../src/transport/cli/index.ts';
import { startStubbedHttp } from './stubbed-http.ts';

/** The files under docs/reference that are made from the code they describe; errors.md is made by the HTTP side itself. */
export const REFERENCE: Readonly<Record<string, () => string | Promise<string>>> = {
  'configuration.md': renderConfiguration,
  'cli.md': renderCli,
  'http.md': renderHttp,
  'metrics.md': renderMetrics,
  'catalog.schema.json': () => `${JSON.stringify(catalogSchema(), null, 2)}\n`,
};

const MADE = '<!-- Made from the code. To make it anew: UPDATE_DOCS=1 npx vitest run test/docs.test.ts -->';

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function renderConfiguration(): string {
  const rows = Object.entries(VARIABLES).map(
    ([name, variable]) =>
      `| \`${name}\` | ${variable.default === '' ? '' : `\`${variable.default}\``} | ${cell(variable.means)} |`,
  );
  return `# Configuration

${MADE}

Diana is configured by environment variables alone. They are read once, at the start. All faults are told together,
and a name that begins with \`DIANA_\` and is not in this table is one of them: a misspelt variable does not pass in silence.

| variable | default | meaning |
|---|---|---|
${rows.join('\n')}
`;
}

/** Columns of the help texts: what a terminal of usual width shows. */
const HELP_WIDTH = 100;

function renderCli(): string {
  let written = '';
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString();
      done();
    },
  });
  const unused = (): never => {
    throw new Error('help opens nothing');
  };
  const program = createProgram({
    version: '0.0.0',
    open: unused,
    serve: unused,
    openTemporary: unused,
    stopwatch: () => 0,
    out,
    err: out,
    actor: { id: '@cli', role: 'admin', account: null },
  });
  const helpOf = (command: Command): string => {
    written = '';
    command.configureOutput({ ...command.configureOutput(), getOutHelpWidth: () => HELP_WIDTH });
    command.outputHelp();
    return written.trim();
  };
  const sections: string[] = [];
  const describe = (command: Command, path: string): void => {
    sections.push(`## \`${path}\`\n\n\`\`\`text\n${helpOf(command)}\n\`\`\``);
    for (const child of command.commands) describe(child, `${path} ${child.name()}`);
  };
  for (const command of program.commands) describe(command, `diana ${command.name()}`);
  return `# Command line

${MADE}

\`npx diana\` in a clone, \`diana\` where the package is installed globally. Commands work beside a running service, on the
same data: they find its database by the same [configuration](configuration.md). With \`--json\` a command answers one JSON
document on standard output. Exit code 0: done. 1: it could not be done, or something does not hold; standard error says what.

${sections.join('\n\n')}
`;
}

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly security?: readonly object[];
  readonly responses: Readonly<Record<string, object>>;
}

/** What every guarded call may answer: told once, above the table. */
const ALWAYS = new Set(['401', '403', '429', '500', '503']);

async function renderHttp(): Promise<string> {
  const http = await startStubbedHttp();
  const answer = await http.call('GET', '/openapi.json', { key: null });
  await http.close();
  const paths = answer.body['paths'] as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  const rows = Object.entries(paths)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => {
        const query = (operation.parameters ?? [])
          .filter((parameter) => parameter.in === 'query')
          .map(({ name }) => `\`${name}\``);
        const isGuarded = (operation.security ?? []).length > 0;
        const answers = Object.keys(operation.responses).filter((status) => !isGuarded || !ALWAYS.has(status));
        const description = [`${operation.summary ?? ''}.`, operation.description ?? ''].join(' ').trim();
        return `| \`${method.toUpperCase()} ${path}\` | ${cell(description)} | ${query.join(' ')} | ${answers.join(' ')} |`;
      }),
    );
  return `# HTTP

${MADE}

JSON over HTTP. A running service describes itself at \`/openapi.json\` (OpenAPI 3.1), with every field of every body and
answer; this is the table of contents. A call carries its key as \`Authorization: Bearer <key>\`. What goes wrong is a
problem document with a stable \`code\`: see [errors](errors.md). Any call that needs a key may also answer 401, 403, 429,
500 or 503.

| call | what it does, and with which key | query | answers |
|---|---|---|---|
${rows.join('\n')}
`;
}

async function renderMetrics(): Promise<string> {
  const metrics = createMetrics();
  metrics.watch({
    queued: () => 0,
    position: () => 0,
    catalogVersion: () => 0,
    databaseUp: () => true,
    bus: () => [{ subscription: 'x', behind: 0, delivered: 0, failed: 0, waiting: 0, breaker: 'closed' }],
    redisUp: () => true,
  });
  // A metric shows its labels once it has a value.
  metrics.refusal('busy');
  metrics.observeRequest('/livez', 'GET', 200, 0);
  const { body } = await metrics.render();
  const rows = [...body.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)\n(.*)$/gm)].map(([, name, help, type, sample]) => {
    const labels = [...(sample ?? '').matchAll(/([a-z]+)="/g)].map(([, label]) => label).filter((label) => label !== 'le');
    return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(' ')} | ${cell(help ?? '')} |`;
  });
  return `# Metrics

${MADE}

\`GET /metrics\`, in the text format of Prometheus, without a key. Each process counts for itself. What to watch, and at
which values to wake somebody: [how to operate](../how-to/operate.md#metrics-and-alerts).

| metric | type | labels | meaning |
|---|---|---|---|
${rows.join('\n')}
`;
}
