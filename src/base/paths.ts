declare const remotePath: unique symbol;

/** An absolute pathname on the server, "/" separated, free of "." and ".." and CR, LF, NUL. */
export type RemotePath = string & { readonly [remotePath]: true };

export const rootPath: RemotePath = '/' as RemotePath;

/**
 * One segment of a pathname: what a listing may call an entry, and what may be appended to a path.
 * CR, LF and NUL would end or split the command line (RFC 959, 5.3); other control characters are
 * part of a name like any letter, and are shown by `visibleText`.
 */
export function isEntryName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0\r\n]/.test(name);
}

/** Reads an absolute pathname; repeated slashes count as one. `undefined` when it is none. */
export function parseRemotePath(text: string): RemotePath | undefined {
  if (!text.startsWith('/')) return undefined;
  const names = text.split('/').filter((name) => name !== '');
  if (!names.every(isEntryName)) return undefined;
  return `/${names.join('/')}` as RemotePath;
}

/** Throws `RangeError` for what `parseRemotePath` refuses. For paths written in the code. */
export function toRemotePath(text: string): RemotePath {
  const path = parseRemotePath(text);
  if (path === undefined) throw new RangeError(`Not a path: ${JSON.stringify(text)}`);
  return path;
}

/** Throws `RangeError` for a name that is not one segment: it never becomes a path. */
export function joinPath(folder: RemotePath, name: string): RemotePath {
  if (!isEntryName(name)) throw new RangeError(`Not a name: ${JSON.stringify(name)}`);
  return (folder === rootPath ? `/${name}` : `${folder}/${name}`) as RemotePath;
}

/** The folder that holds `path`; the root is its own parent. */
export function parentOf(path: RemotePath): RemotePath {
  return (path.slice(0, path.lastIndexOf('/')) || '/') as RemotePath;
}

/** The last segment; empty for the root. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** True for the folder itself and for everything below it. */
export function isWithin(path: RemotePath, folder: RemotePath): boolean {
  return folder === rootPath || path === folder || path.startsWith(`${folder}/`);
}

/** True of two names of one folder that a server which ignores case takes for one. */
export function onlyCaseDiffers(a: RemotePath, b: RemotePath): boolean {
  return a !== b && a.toLowerCase() === b.toLowerCase() && parentOf(a) === parentOf(b);
}

/** The path that a link's target means, seen from the folder that holds the link. */
export function resolvePath(folder: RemotePath, target: string): RemotePath | undefined {
  const names = target.startsWith('/') ? [] : folder.split('/').filter((name) => name !== '');
  for (const name of target.split('/')) {
    if (name === '' || name === '.') continue;
    if (name === '..') names.pop();
    else names.push(name);
  }
  return parseRemotePath(`/${names.join('/')}`);
}
