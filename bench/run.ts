import { parseArgs } from 'node:util';
import { startChild } from './child.ts';
import { describeMachine, figuresTable, machineText } from './report.ts';
import { type BenchOptions, type Figure, isReached } from './section.ts';
import { SECTIONS } from './sections.ts';
import { openWorld } from './world.ts';

/** The rank index by itself, without targets: for whoever works on it. */
const DETAIL = 'rank-index';

const HELP = `npm run bench -- [--only NAME]… [--quick] [--soak MINUTES] [--json]
sections: ${Object.keys(SECTIONS).join(', ')}`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    soak: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function run(): Promise<void> {
  const options: BenchOptions = { quick: values.quick, soak: Number(values.soak) };
  const names = values.only ?? Object.keys(SECTIONS).filter((name) => name !== DETAIL);
  const unknown = names.filter((name) => SECTIONS[name] === undefined);
  if (values.help || unknown.length > 0 || !(options.soak > 0)) {
    process.stderr.write(`${HELP}\n`);
    process.exitCode = values.help ? 0 : 1;
    return;
  }
  // First of all: without durability there is nothing to measure.
  const world = await openWorld();
  const machine = describeMachine(world.serverVersion, world.settings);
  await world.close();

  const figures: Figure[] = [];
  for (const name of names) {
    process.stderr.write(`${name} …\n`);
    const child = startChild('section-process', [name, JSON.stringify(options)]);
    figures.push(...(await child.receive<{ figures: Figure[] }>()).figures);
    await child.stop();
  }
  const missed = figures.filter((figure) => isReached(figure) === false);
  if (values.json)
    process.stdout.write(
      `${JSON.stringify({ machine, figures: figures.map((figure) => ({ ...figure, reached: isReached(figure) ?? null })) })}\n`,
    );
  else
    process.stdout.write(
      `\n${machineText(machine)}\n\n${figuresTable(figures)}\n\n${missed.length === 0 ? 'every target is reached' : `${missed.length} of the targets not reached`}\n`,
    );
}

await run();
