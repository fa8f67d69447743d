import ignore from 'ignore';
import picomatch from 'picomatch';
import { isEntryName, joinPath, type RemotePath } from '../base/paths.ts';

/**
 * Where a file of a mapped folder belongs on the server. `relative` is its path below the local
 * folder with "/" between the names; `undefined` when the file is not below it, or has a name that
 * no server can be sent.
 */
export function toRemote(folder: RemotePath, relative: string): RemotePath | undefined {
  const names = relative.split('/');
  if (!names.every(isEntryName)) return undefined;
  return names.reduce(joinPath, folder);
}

/** The path of `file` below `folder`, both as URI paths; `undefined` when it is not below it. */
export function relativePath(folder: string, file: string): string | undefined {
  const start = folder.endsWith('/') ? folder : `${folder}/`;
  return file.startsWith(start) && file.length > start.length
    ? file.slice(start.length)
    : undefined;
}

/** An ignore file's text, and the folder it stands in: '' for the root, else "a/b". */
export interface IgnoreFile {
  readonly folder: string;
  readonly text: string;
}

/** Decides about a path below the mapped folder, "/" between its names. */
export type Exclusion = (relative: string) => boolean;

/** Excludes what one of the globs matches, or lies in a folder that one of them matches. */
export function excludeGlobs(globs: readonly string[]): Exclusion {
  const matches = globs.map((glob) => picomatch(glob, { dot: true }));
  return (relative) =>
    foldersAndFile(relative).some((path) => matches.some((isMatch) => isMatch(path)));
}

/**
 * Excludes what ignore files do, with Git's rules: the deepest file that says something decides,
 * and nothing below an excluded folder comes back.
 */
export function excludeIgnored(files: readonly IgnoreFile[]): Exclusion {
  const rules = files
    .toSorted((a, b) => b.folder.length - a.folder.length)
    .map(({ folder, text }) => ({ folder, rules: ignore().add(text) }));
  const isIgnored = (path: string): boolean => {
    for (const { folder, rules: each } of rules) {
      const below = folder === '' ? path : pathBelow(folder, path);
      const verdict = below === undefined ? undefined : each.test(below);
      if (verdict?.ignored || verdict?.unignored) return verdict.ignored;
    }
    return false;
  };
  // A pattern that ends in "/" is for folders alone: the library knows them by the slash.
  return (relative) => {
    const paths = foldersAndFile(relative);
    return paths.some((path, at) => isIgnored(at < paths.length - 1 ? `${path}/` : path));
  };
}

/** The folders in which an ignore file can speak of this path, the root first. */
export function foldersAbove(relative: string): readonly string[] {
  return ['', ...foldersAndFile(relative).slice(0, -1)];
}

function foldersAndFile(relative: string): readonly string[] {
  const names = relative.split('/');
  return names.map((_, at) => names.slice(0, at + 1).join('/'));
}

function pathBelow(folder: string, path: string): string | undefined {
  return path.startsWith(`${folder}/`) && path.length > folder.length + 1
    ? path.slice(folder.length + 1)
    : undefined;
}
