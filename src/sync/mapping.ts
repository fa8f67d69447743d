import { joinPath, isEntryName, type RemotePath } from '../base/paths.ts';

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
