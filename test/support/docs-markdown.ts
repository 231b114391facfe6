import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A fenced sample. The words behind its language say what the test does with it: `sh run`, `json answer`, `yaml catalog`. */
export interface Sample {
  readonly page: string;
  /** 1-based line of the opening fence. */
  readonly line: number;
  readonly language: string;
  readonly marks: readonly string[];
  readonly text: string;
}

/** Every page for people, by its path inside the repository. */
export async function readPages(): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>();
  for (const directory of ['docs', 'examples']) {
    for (const entry of await readdir(join(ROOT, directory), { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && entry.name.endsWith('.md')) await read(join(entry.parentPath, entry.name));
    }
  }
  for (const name of await readdir(ROOT)) if (name.endsWith('.md')) await read(join(ROOT, name));
  return pages;

  async function read(path: string): Promise<void> {
    pages.set(relative(ROOT, path), await readFile(path, 'utf8'));
  }
}

export function samplesOf(page: string, markdown: string): readonly Sample[] {
  const samples: Sample[] = [];
  let open: { line: number; language: string; marks: readonly string[]; lines: string[] } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^```(.*)$/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === undefined) {
      const [language = '', ...marks] = (fence[1] ?? '').trim().split(/\s+/);
      open = { line: index + 1, language, marks, lines: [] };
    } else {
      samples.push({ page, line: open.line, language: open.language, marks: open.marks, text: open.lines.join('\n') });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`${page}:${open.line}: the sample is not closed`);
  return samples;
}

function withoutSamples(markdown: string): string {
  return markdown.replaceAll(/^```[^]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '');
}

/** The anchors of a page, as GitHub makes them from its headings. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const headings = markdown.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/^#{1,6} (.*)$/gm);
  return new Set(
    [...headings].map(([, heading]) =>
      (heading ?? '')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Links to something inside the repository: the page they lead to, from its root, and the heading in it. */
export function linksOf(
  page: string,
  markdown: string,
): readonly { readonly link: string; readonly target: string; readonly anchor: string | undefined }[] {
  return [...withoutSamples(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link ?? '')
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [path = '', anchor] = link.split('#');
      return { link, target: path === '' ? page : join(dirname(page), path), anchor };
    });
}
