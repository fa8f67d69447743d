// Names that stand more than once.
import { posix } from 'node:path';
import { layerOf, type SourceFile } from './sourceFiles.ts';

/** A name with all the files that have it: more than one. */
export interface Duplicate {
  readonly name: string;
  readonly files: readonly string[];
}

/** The names that more than one file exports. What is handed on from another file does not count. */
export function namesExportedTwice(files: readonly SourceFile[]): readonly Duplicate[] {
  return duplicates(
    files.flatMap(({ name, code }) => exportedNames(code).map((exported) => [exported, name])),
  );
}

/** The files of one layer that have one name, as "session/links.ts", whatever folders they are in. */
export function filesNamedTwice(files: readonly SourceFile[]): readonly Duplicate[] {
  return duplicates(
    files.map(({ name }) => [posix.join(layerOf(name), posix.basename(name)), name]),
  );
}

/** What a file declares and exports; a type and a value of one name, and overloads, are one. */
export function exportedNames(code: string): readonly string[] {
  const declaration =
    /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type|enum) ([\w$]+)/gm;
  const list = /^export (?:type )?\{([^}]*)\}(?!\s*from\b)/gm;
  const declared = [...code.matchAll(declaration)].map(([, name = '']) => name);
  const listed = [...code.matchAll(list)].flatMap(([, names = '']) => namesOfList(names));
  return [...new Set([...declared, ...listed])];
}

/** "a, type B, c as d" exports a, B and d. */
function namesOfList(list: string): string[] {
  return list
    .split(',')
    .map((one) => one.trim().split(/\s+/).at(-1) ?? '')
    .filter((name) => name !== '');
}

function duplicates(pairs: readonly (readonly string[])[]): readonly Duplicate[] {
  const byName = Map.groupBy(pairs, ([name = '']) => name);
  return [...byName]
    .map(([name, found]) => ({ name, files: found.map(([, file = '']) => file) }))
    .filter(({ files }) => files.length > 1)
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
