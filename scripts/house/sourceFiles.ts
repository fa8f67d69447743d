// The files of src, and what can be read off them without a parser.
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** Where the files stand, as a URL that ends in a slash. */
export const sourceFolder: string = new URL('../../src/', import.meta.url).href;

/** One import or re-export of a file. */
export interface Import {
  /** Under src, "ftp/net/tcp.ts"; or the name of a module, "node:net". */
  readonly what: string;
  readonly typeOnly: boolean;
}

/** One file of src. */
export interface SourceFile {
  /** Under src: "ftp/net/tcp.ts". */
  readonly name: string;
  readonly text: string;
  readonly lines: number;
  /** Without comments and texts. */
  readonly code: string;
  readonly imports: readonly Import[];
}

/** Every file of the project's src, by name. */
export function readSourceFiles(): readonly SourceFile[] {
  return readdirSync(new URL(sourceFolder), { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .toSorted()
    .map((name) => sourceFile(name, readFileSync(new URL(name, sourceFolder), 'utf8')));
}

/** A file of that name and text. */
export function sourceFile(name: string, text: string): SourceFile {
  const lines = text.split('\n').length - 1;
  return { name, text, lines, code: codeOf(text), imports: importsOf(name, text) };
}

/** The folder that a file stands in: "ftp/net"; of those directly in src, ".". */
export function roomOf(name: string): string {
  return posix.dirname(name);
}

/** The first folder of a file's name: "ftp"; of those directly in src, ".". */
export function layerOf(name: string): string {
  const [first = ''] = name.split('/');
  return first === name ? '.' : first;
}

/**
 * The text without comments and texts. Good enough for code that a formatter has written: no literal
 * here holds the end of another.
 */
export function codeOf(text: string): string {
  const commentOrText =
    /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
  return text.replaceAll(commentOrText, "''");
}

/** What a file of that name imports, in the order of its lines. */
export function importsOf(name: string, text: string): readonly Import[] {
  const statement = /^(import|export)( type)?\s(?:[^;'"]*?from\s)?'([^']+)'|import\('([^']+)'\)/gm;
  return [...text.matchAll(statement)].map(([, , type, from = '', dynamic]) => ({
    what: resolved(name, dynamic ?? from),
    typeOnly: type !== undefined,
  }));
}

function resolved(name: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(name), specifier) : specifier;
}
