import { achievements } from './achievements.ts';
import { boards } from './boards.ts';
import { bus } from './bus.ts';
import { catalog } from './catalog.ts';
import { closing } from './closing.ts';
import { history } from './history.ts';
import { http } from './http.ts';
import { importReal } from './import.ts';
import { inProcess } from './in-process.ts';
import { memory } from './memory.ts';
import { rankIndex } from './rank-index.ts';
import type { Section } from './section.ts';

/** In the order in which they run. */
export const SECTIONS: Readonly<Record<string, Section>> = {
  'in-process': inProcess,
  catalog,
  achievements,
  http,
  bus,
  boards,
  closing,
  'rank-index': rankIndex,
  import: importReal,
  history,
  memory,
};
