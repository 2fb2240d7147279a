/**
 * Splits TypeScript source into code and literals without a parser, so that a check can look for words in the code and
 * not trip over the same words in a comment or a string.
 */

export interface SourceText {
  /** The source with every comment, string, template text and regular expression blanked; offsets and lines unchanged. */
  readonly code: string;
  /** Contents of the quoted strings, by the offset of their opening quote. */
  readonly strings: ReadonlyMap<number, string>;
}

/** A module specifier that the source names. */
export interface ImportSite {
  readonly specifier: string;
  /** Line of the specifier, from 1. */
  readonly line: number;
  /** True for `import type` and `export type`: gone after compiling. */
  readonly typeOnly: boolean;
  /** The names between braces, as exported by the module; empty for other forms. */
  readonly names: readonly string[];
}

export function splitSource(source: string): SourceText {
  const strings = new Map<number, string>();
  const out = source.split(''); // by UTF-16 unit, so that offsets stay true
  const blank = (from: number, to: number): void => {
    for (let index = from; index < to; index += 1) if (source[index] !== '\n') out[index] = ' ';
  };
  // Each entry counts the open braces inside one `${`: the template goes on when its own brace closes.
  const templates: number[] = [];
  let previous = ''; // the last character of code, which tells a division from a regular expression
  let index = 0;

  while (index < source.length) {
    const char = source[index] ?? '';
    const next = source[index + 1];
    if (char === '/' && next === '/') {
      const end = indexOrEnd(source.indexOf('\n', index), source);
      blank(index, end);
      index = end;
    } else if (char === '/' && next === '*') {
      const end = indexOrEnd(source.indexOf('*/', index + 2), source, 2);
      blank(index, end);
      index = end;
    } else if (char === "'" || char === '"') {
      const end = endOfLiteral(source, index + 1, char);
      strings.set(index, source.slice(index + 1, end));
      blank(index + 1, end);
      previous = char;
      index = end + 1;
    } else if (char === '`' || (char === '}' && templates.at(-1) === 0)) {
      if (char === '}') templates.pop();
      const end = endOfTemplateText(source, index + 1);
      blank(index + 1, end);
      if (source[end] === '$') templates.push(0);
      index = source[end] === '$' ? end + 2 : end + 1;
      previous = source[index - 1] ?? '';
    } else if (char === '/' && startsRegExp(previous, out, index)) {
      const end = endOfRegExp(source, index + 1);
      blank(index + 1, end);
      previous = ')';
      index = end + 1;
    } else {
      if (char === '{' && templates.length > 0) templates.push((templates.pop() ?? 0) + 1);
      if (char === '}' && templates.length > 0) templates.push((templates.pop() ?? 1) - 1);
      if (char.trim() !== '') previous = char;
      index += 1;
    }
  }
  return { code: out.join(''), strings };
}

/** Every import, re-export and dynamic import with a literal specifier, in order. */
export function importsOf(text: SourceText): ImportSite[] {
  const sites: ImportSite[] = [];
  const site = (quote: number, clause: string): void => {
    const specifier = text.strings.get(quote);
    if (specifier === undefined) return;
    const braces = /\{([^}]*)\}/.exec(clause)?.[1] ?? '';
    sites.push({
      specifier,
      line: lineOf(text.code, quote),
      typeOnly: /^\s*type\b\s*[^\s,]/.test(clause),
      names: braces.split(',').flatMap((name) => /^\s*(?:type\s+)?([\w$]+)/.exec(name)?.[1] ?? []),
    });
  };
  for (const match of text.code.matchAll(STATIC_IMPORT)) {
    site(match.index + match[0].length - 1, match.groups?.['clause'] ?? '');
  }
  for (const match of text.code.matchAll(DYNAMIC_IMPORT)) site(match.index + match[0].length - 1, '');
  return sites.toSorted((a, b) => a.line - b.line);
}

/** The line of an offset, from 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

const STATIC_IMPORT =
  /(?<![\w$.])(?:import|export)\b(?<clause>[\w$\s*{},]*?)(?:(?<=[\s}*])from\s*|(?<=import)\s*)['"]/g;
/** Also `import('…').Name` in a type, `require('…')` and `vi.mock('…')`, which name modules too. */
const DYNAMIC_IMPORT = /(?<![\w$])(?:(?<!\.)import|(?<!\.)require|vi\.(?:do)?[mM]ock)\s*\(\s*['"]/g;

function indexOrEnd(index: number, source: string, length = 0): number {
  return index === -1 ? source.length : index + length;
}

function endOfLiteral(source: string, from: number, quote: string): number {
  let index = from;
  while (index < source.length && source[index] !== quote && source[index] !== '\n')
    index += source[index] === '\\' ? 2 : 1;
  return index;
}

/** Where the text of a template stops: at its closing backtick or at `${`. */
function endOfTemplateText(source: string, from: number): number {
  let index = from;
  while (index < source.length && source[index] !== '`' && !(source[index] === '$' && source[index + 1] === '{')) {
    index += source[index] === '\\' ? 2 : 1;
  }
  return index;
}

function endOfRegExp(source: string, from: number): number {
  let index = from;
  let inClass = false;
  while (index < source.length && source[index] !== '\n' && (inClass || source[index] !== '/')) {
    if (source[index] === '[') inClass = true;
    else if (source[index] === ']') inClass = false;
    index += source[index] === '\\' ? 2 : 1;
  }
  return index;
}

/** A slash divides after a value and starts a regular expression after anything else. */
function startsRegExp(previous: string, code: readonly string[], index: number): boolean {
  if (previous === '') return true;
  if (!/[\w$)\]}'"`]/.test(previous)) return true;
  const before = code.slice(Math.max(0, index - 12), index).join('');
  return /(?<![\w$.])(?:return|typeof|case|in|of|do|else)\s*$/.test(before);
}
