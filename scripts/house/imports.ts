// Measures of the import lines.
import { roomOf, type SourceFile } from './sourceFiles.ts';

/** A file that one other file alone imports. */
export interface SingleImporter {
  readonly file: string;
  readonly importer: string;
  readonly lines: number;
}

/** The files that exactly one other file imports, types included. */
export function singleImporters(files: readonly SourceFile[]): readonly SingleImporter[] {
  const importers = new Map<string, Set<string>>();
  for (const { name, imports } of files) {
    for (const { what } of imports) {
      importers.set(what, (importers.get(what) ?? new Set()).add(name));
    }
  }
  return files.flatMap(({ name, lines }) => {
    const [importer, ...others] = importers.get(name) ?? [];
    if (importer === undefined || others.length > 0) return [];
    return [{ file: name, importer, lines }];
  });
}

/** A folder without those in it. */
export interface Room {
  readonly room: string;
  readonly files: number;
  /** The longest chain of imports among its files; one that imports nothing of it is a floor too. */
  readonly floors: number;
}

/** The floors of every folder, the largest first. */
export function floorsByRoom(files: readonly SourceFile[]): readonly Room[] {
  const rooms = Map.groupBy(files, ({ name }) => roomOf(name));
  return [...rooms]
    .map(([room, own]) => ({ room, files: own.length, floors: longestChain(own) }))
    .toSorted((one, other) => other.floors - one.floors || (one.room < other.room ? -1 : 1));
}

function longestChain(files: readonly SourceFile[]): number {
  const byName = new Map(files.map((file) => [file.name, file]));
  const heights = new Map<string, number>();
  const heightOf = (name: string): number => {
    const file = byName.get(name);
    if (!file) return 0;
    const known = heights.get(name);
    if (known !== undefined) return known;
    // A circle of imports ends here instead of going on for ever.
    heights.set(name, 0);
    const height = 1 + Math.max(0, ...file.imports.map(({ what }) => heightOf(what)));
    heights.set(name, height);
    return height;
  };
  return Math.max(0, ...files.map(({ name }) => heightOf(name)));
}
