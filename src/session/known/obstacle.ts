import { nameOf, parentOf, type RemotePath, rootPath } from '../../base/paths.ts';
import type { DirectoryCache } from './directoryCache.ts';
import { type Contents, isProof } from './entries.ts';
import { saysNo } from '../errorTranslation.ts';
import type { RemoteEntry } from '../remoteFileSystem.ts';
import type { PoolLane } from '../connections/waitingLine.ts';

// What is missing is nearly always the last folder or the one above it. A path may have hundreds of
// them: further up the halves are tried.
const stepsUp = 3;

interface Wish {
  readonly signal: AbortSignal;
  /** Who wants it; left out: somebody who waits. */
  readonly lane?: PoolLane | undefined;
  /** Known listings are not believed. */
  readonly fresh?: boolean;
  /** Asks the server for one name, where its folder's listing proves nothing. */
  readonly ask?:
    | ((path: RemotePath, parent: Contents) => Promise<RemoteEntry | undefined>)
    | undefined;
}

/**
 * What is in the way to a folder that cannot be listed: `absent`, or what is there and is no folder.
 * `undefined` where the folders above tell of nothing.
 */
export async function obstacleTo(
  folders: DirectoryCache,
  path: RemotePath,
  { signal, lane, fresh = false, ask }: Wish,
): Promise<RemoteEntry | 'absent' | undefined> {
  const way = wayTo(path);
  let [low, high] = [0, way.length - 1];
  for (let step = 0; low <= high; step++) {
    const middle = step < stepsUp ? high : (low + high) >> 1;
    const at = way[middle] ?? path;
    const isAnew = fresh && folders.listed(at) !== undefined;
    const found = await entryAt(folders, at, { signal, lane, fresh: isAnew, ask });
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
  wish: Wish,
): Promise<RemoteEntry | 'absent' | 'refused' | undefined> {
  const known = wish.fresh ? undefined : folders.lookup(path);
  if (known !== undefined) return known;
  try {
    const contents = await folders.folder(parentOf(path), wish);
    const found = contents.entries.get(nameOf(path));
    if (found || isProof(contents)) return found ?? 'absent';
    if (wish.ask) return (await wish.ask(path, contents)) ?? 'absent';
    // To explain a refusal, an empty folder is enough.
    return contents.missing === undefined ? 'absent' : undefined;
  } catch (error) {
    if (saysNo(error)) return 'refused';
    throw error;
  }
}
