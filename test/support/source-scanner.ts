/** Source text without what only looks like code. */
export interface Scanned {
  /** Comments blanked, each string literal replaced by `"<index>"`, what a template holds kept. */
  readonly code: string;
  readonly strings: readonly string[];
}

export interface Import {
  readonly specifier: string;
  /** Nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

/** After one of these a slash begins a regular expression; after a name, a number or a closing bracket it divides. */
const BEFORE_REGEX = /(?:^|[([{,;:=!&|?+\-*%~^<>]|=>|\b(?:return|typeof|case|in|of|do|else|void|throw|await|yield))\s*$/;

/** Reads TypeScript as far as comments, strings, templates and regular expressions go. */
export function scan(source: string): Scanned {
  const strings: string[] = [];
  let code = '';
  let at = 0;
  /** For each template under way, how many braces are open in its expression. */
  const templates: number[] = [];

  const template = (): void => {
    while (at < source.length && source[at] !== '`') {
      if (source[at] === '\\') at += 2;
      else if (source.startsWith('${', at)) {
        at += 2;
        code += '(';
        templates.push(0);
        return;
      } else at += 1;
    }
    at += 1;
    code += '``';
  };

  while (at < source.length) {
    const char = source[at] as string;
    if (source.startsWith('//', at)) {
      const end = source.indexOf('\n', at);
      at = end < 0 ? source.length : end;
    } else if (source.startsWith('/*', at)) {
      const end = source.indexOf('*/', at + 2);
      at = end < 0 ? source.length : end + 2;
      code += ' ';
    } else if (char === '"' || char === "'") {
      const from = at + 1;
      for (at += 1; at < source.length && source[at] !== char && source[at] !== '\n'; at += 1) if (source[at] === '\\') at += 1;
      code += `"${strings.length}"`;
      strings.push(source.slice(from, at));
      at += 1;
    } else if (char === '`') {
      at += 1;
      template();
    } else if (char === '/' && BEFORE_REGEX.test(code.slice(-20))) {
      at = endOfRegex(source, at + 1);
      code += '/./';
    } else {
      const open = templates.at(-1);
      if (char === '{' && open !== undefined) templates[templates.length - 1] = open + 1;
      if (char === '}' && open !== undefined) {
        if (open === 0) {
          templates.pop();
          code += ')';
          at += 1;
          template();
          continue;
        }
        templates[templates.length - 1] = open - 1;
      }
      code += char;
      at += 1;
    }
  }
  return { code, strings };
}

function endOfRegex(source: string, from: number): number {
  let inClass = false;
  for (let at = from; at < source.length; at += 1) {
    const char = source[at];
    if (char === '\\') at += 1;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '/' && !inClass) return at + 1;
    else if (char === '\n') return at;
  }
  return source.length;
}

const STATEMENT = /\b(import|export)\b(\s+type\b(?!\s+from\b))?((?:[\s\w$*,{}]|"\d+"\s+as\b)*?)\bfrom\s*"(\d+)"/g;
const BARE = /\bimport\s*"(\d+)"/g;
const CALL = /\b(?:import|require)\s*\(\s*"(\d+)"/g;

/** Everything a file imports or exports from elsewhere: static, for types only, for its effects, or by a call. */
export function importsOf({ code, strings }: Scanned): readonly Import[] {
  const found: Import[] = [];
  for (const [, , type, clause = '', index] of code.matchAll(STATEMENT)) {
    found.push({ specifier: strings[Number(index)] ?? '', typeOnly: type !== undefined || namesTypesOnly(clause) });
  }
  for (const pattern of [BARE, CALL]) {
    for (const [, index] of code.matchAll(pattern)) found.push({ specifier: strings[Number(index)] ?? '', typeOnly: false });
  }
  return found;
}

/** `{ type A, type B }`. */
function namesTypesOnly(clause: string): boolean {
  const inner = /^\s*\{([^}]*)\}\s*$/.exec(clause)?.[1];
  if (inner === undefined) return false;
  const names = inner.split(',').filter((name) => name.trim() !== '');
  return names.length > 0 && names.every((name) => /^\s*type\s/.test(name));
}
