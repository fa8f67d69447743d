import { parentOf, resolvePath, type RemotePath, rootPath } from '../../base/paths.ts';
import { silentWhereNo } from '../errorTranslation.ts';
import { rootEntry } from './exactFacts.ts';
import type { RemoteEntry } from '../remoteFileSystem.ts';
import type { Session, Step } from '../session.ts';

// What operating systems allow before they call it a circle is 40; nobody builds more than a few.
const maxLinks = 8;

/** Where a path leads to. */
export interface Place {
  readonly path: RemotePath;
  /** `undefined`: nothing is there, or nothing that we can see. */
  readonly entry: RemoteEntry | undefined;
}

/**
 * Follows symbolic links by the listings of the folders they stand in. `undefined` where that leads
 * nowhere: a circle, or a target that the server does not tell.
 */
export async function followLinks(
  session: Session,
  path: RemotePath,
  signal: AbortSignal,
): Promise<Place | undefined> {
  let at = path;
  for (let links = 0; links <= maxLinks; links++) {
    const entry = await listedEntry(session, at, signal);
    if (entry?.type !== 'symlink') return { path: at, entry };
    const next =
      entry.target === undefined
        ? undefined
        : await targetOf(session, parentOf(at), entry.target, signal);
    if (next === undefined) return undefined;
    at = next;
  }
  return undefined;
}

/**
 * RFC 3659, 4.1: SIZE tells of what RETR would send, which is the file behind a link. `undefined`
 * where there is none.
 */
export async function sizeBehind(session: Session, step: Step): Promise<number | undefined> {
  return await silentWhereNo(
    session.perform(step, ({ connection, signal }) => connection.size(step.path, { signal })),
  );
}

/** The path that a link in `folder` means; `undefined` for none that can be named. */
async function targetOf(
  session: Session,
  folder: RemotePath,
  target: string,
  signal: AbortSignal,
): Promise<RemotePath | undefined> {
  if (!namesOf(target).includes('..')) return resolvePath(folder, target);
  // ".." is the parent of where one really is: behind a link to a folder that is not the name before.
  let names = [...(target.startsWith('/') ? [] : namesOf(folder)), ...namesOf(target)];
  let at: RemotePath = rootPath;
  for (let links = 0; names.includes('..');) {
    const [name = '', ...rest] = names;
    const next = resolvePath(at, name);
    if (next === undefined) return undefined;
    const entry = name === '..' ? undefined : await listedEntry(session, next, signal);
    names = rest;
    if (entry?.type !== 'symlink') {
      at = next;
      continue;
    }
    if (entry.target === undefined || ++links > maxLinks) return undefined;
    names = [...namesOf(entry.target), ...rest];
    if (entry.target.startsWith('/')) at = rootPath;
  }
  return resolvePath(at, names.join('/'));
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

async function listedEntry(
  session: Session,
  path: RemotePath,
  signal: AbortSignal,
): Promise<RemoteEntry | undefined> {
  if (path === rootPath) return rootEntry;
  const found = await silentWhereNo(session.folders.entry(path, { signal }));
  return found === 'absent' ? undefined : found;
}
