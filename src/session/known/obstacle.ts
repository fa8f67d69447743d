import { nameOf, parentOf, type RemotePath, rootPath } from '../../base/paths.ts';
import type { DirectoryCache, FolderRequest } from './directoryCache.ts';
import { type Contents, isProof } from './entries.ts';
import { type Found, type Intent, saysNo, undefinedWhereNo } from '../errorTranslation.ts';
import type { RemoteEntry } from '../remoteFileSystem.ts';
import type { Attempts } from '../connections/attempts.ts';

// What is missing is nearly always the last folder or the one above it. A path may have hundreds of
// them: further up the halves are tried.
const stepsUp = 3;

/**
 * What stands at a path by its folder's listing; `undefined` where that does not tell. VS Code looks for
 * many names in folders that are not there. A listing above that is known, or just coming, tells so for
 * all of them. Where there is none, `begin` says which folder is listed first.
 */
export async function listedAt(
  folders: DirectoryCache,
  path: RemotePath,
  request: FolderRequest,
  begin: 'inside' | 'above' = 'inside',
): Promise<RemoteEntry | 'absent' | undefined> {
  const known = folders.lookup(path);
  if (known !== undefined) return known;
  const folder = parentOf(path);
  if (folder !== rootPath && !folders.isAtHand(folder)) {
    const below = wayTo(folder).findLast((at) => folders.isAtHand(parentOf(at)));
    const asked = below ?? (begin === 'above' ? folder : undefined);
    // One that may not be listed says nothing about what is in it.
    const found = asked && (await folders.entry(asked, request).catch(undefinedWhereNo));
    if (found === 'absent' || found?.type === 'file') return 'absent';
  }
  return await folders.entry(path, request);
}

interface Asking extends FolderRequest {
  /** Known listings do not count. */
  readonly fresh?: boolean;
  /** Asks the server for one name, where its folder's listing proves nothing. */
  readonly ask?:
    | ((path: RemotePath, parent: Contents) => Promise<RemoteEntry | undefined>)
    | undefined;
}

/** A request that the server refused. */
interface RefusedRequest {
  readonly intent: Intent;
  readonly path: RemotePath;
  readonly signal: AbortSignal;
  readonly attempts: Attempts;
}

/**
 * What stands at the path of a refused request, by what the listings show now: a 550 is never read by
 * its text. `undefined` where they do not tell it.
 */
export async function foundAt(
  folders: DirectoryCache,
  { intent, path, signal, attempts }: RefusedRequest,
): Promise<Found> {
  if (path === rootPath) return 'directory';
  const known = folders.lookup(path);
  // A known absence agrees with the refusal; what is known to be there has to be listed again.
  if (known === 'absent') {
    const parent = folders.lookup(parentOf(path));
    if (parent === 'absent') return 'noFolder';
    return parent?.type === 'file' ? 'belowFile' : 'absent';
  }
  try {
    const siblings = await folders.folder(parentOf(path), {
      signal,
      attempts,
      fresh: folders.listed(path) !== undefined,
    });
    const entry = siblings.entries.get(nameOf(path));
    if (!entry && siblings.missing !== undefined) return undefined;
    if (intent !== 'deleteDirectory' || entry?.type !== 'directory') return entry?.type ?? 'absent';
    const { entries } = await folders.folder(path, { signal, attempts, fresh: true });
    return entries.size > 0 ? 'occupied' : 'directory';
  } catch (error) {
    if (!saysNo(error)) return undefined;
    const above = obstacleTo(folders, parentOf(path), { signal, attempts, fresh: true });
    // What cannot be found out leaves the refusal what it is.
    const found = await above.catch(() => undefined);
    if (found === 'absent') return 'noFolder';
    return found?.type === 'file' ? 'belowFile' : undefined;
  }
}

/**
 * What is in the way to a folder that cannot be listed: `absent`, or what is there and is no folder.
 * `undefined` where the folders above tell of nothing.
 */
export async function obstacleTo(
  folders: DirectoryCache,
  path: RemotePath,
  asking: Asking,
): Promise<RemoteEntry | 'absent' | undefined> {
  const { fresh = false } = asking;
  const way = wayTo(path);
  let [low, high] = [0, way.length - 1];
  for (let step = 0; low <= high; step++) {
    const middle = step < stepsUp ? high : (low + high) >> 1;
    const at = way[middle] ?? path;
    const isAnew = fresh && folders.listed(at) !== undefined;
    const found = await entryAt(folders, at, { ...asking, fresh: isAnew });
    if (found === 'refused') high = middle - 1;
    else if (found === undefined || found === 'absent' || found.type === 'file') return found;
    else low = middle + 1;
  }
  return undefined;
}

// From below the root down to the path itself.
function wayTo(path: RemotePath): readonly RemotePath[] {
  const way: RemotePath[] = [];
  for (let at = path; at !== rootPath; at = parentOf(at)) way.push(at);
  return way.toReversed();
}

async function entryAt(
  folders: DirectoryCache,
  path: RemotePath,
  asking: Asking,
): Promise<RemoteEntry | 'absent' | 'refused' | undefined> {
  const known = asking.fresh ? undefined : folders.lookup(path);
  if (known !== undefined) return known;
  try {
    const contents = await folders.folder(parentOf(path), asking);
    const found = contents.entries.get(nameOf(path));
    if (found || isProof(contents)) return found ?? 'absent';
    if (asking.ask) return (await asking.ask(path, contents)) ?? 'absent';
    // To explain a refusal, an empty folder is enough.
    return contents.missing === undefined ? 'absent' : undefined;
  } catch (error) {
    if (saysNo(error)) return 'refused';
    throw error;
  }
}
