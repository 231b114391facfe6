import { tellParent } from './child.ts';
import type { BenchOptions } from './section.ts';
import { SECTIONS } from './sections.ts';

/** Runs one section and hands its figures to the parent. */
const [name = '', options = '{}'] = process.argv.slice(2);
const section = SECTIONS[name];
if (section === undefined) throw new Error(`no section "${name}"`);
const figures = await section(JSON.parse(options) as BenchOptions);
tellParent({ figures });
process.disconnect();
