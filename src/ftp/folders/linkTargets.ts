import type { RemotePath } from '../../base/paths.ts';
import type { EngineParts } from '../data/engineParts.ts';
import { FtpError, ReplyError } from '../errors.ts';
import type { RemoteEntry } from '../grammar/entry.ts';
import type { DataLists } from './dataLists.ts';
import { readListing } from './readListing.ts';
import type { StatLists } from './statLists.ts';

type Way = 'STAT' | 'LIST';

/** The two ways by which a server may show what links lead to. */
type FolderWays = Readonly<{ STAT: Pick<StatLists, 'show'>; LIST: Pick<DataLists, 'list'> }>;

/**
 * Finds out what symbolic links lead to where MLSD only says that they are some: Pure-FTPd 1.0.50,
 * which writes no file through a link either. The lines of `ls -l` tell it, by STAT or else by LIST.
 */
export class LinkTargets {
  readonly #parts: EngineParts;
  readonly #lists: FolderWays;
  #ways: readonly Way[] = ['STAT', 'LIST'];

  constructor(parts: EngineParts, lists: FolderWays) {
    this.#parts = parts;
    this.#lists = lists;
  }

  /** The entries, with the targets of those links that the server tells. */
  async complete(
    entries: readonly RemoteEntry[],
    folder: RemotePath,
    signal: AbortSignal,
  ): Promise<readonly RemoteEntry[]> {
    for (const way of this.#ways) {
      if (!entries.some(isUntold)) return entries;
      const listed = await this.#try(way, folder, signal);
      const completed = withTargets(entries, listed ?? []);
      if (completed.some(({ target }) => target !== undefined)) return completed;
      // A way that tells no target here tells none in the next folder either.
      this.#ways = this.#ways.filter((other) => other !== way);
    }
    return entries;
  }

  async #try(
    way: Way,
    folder: RemotePath,
    signal: AbortSignal,
  ): Promise<readonly RemoteEntry[] | undefined> {
    try {
      const { STAT, LIST } = this.#lists;
      const listed = await (way === 'STAT' ? STAT.show(folder, signal) : LIST.list(folder, signal));
      return listed && readListing(this.#parts, listed.lines, folder).entries;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof FtpError)) throw error;
      // The listing itself is there. If the connection was lost, the next operation reports that.
      if (!(error instanceof ReplyError)) {
        this.#parts.logger.warn(`Where links of ${folder} lead to is not known: ${error.message}`);
      }
      return undefined;
    }
  }
}

function isUntold({ type, target }: RemoteEntry): boolean {
  return type === 'symlink' && target === undefined;
}

/** The entries with the targets that `listed`, another listing of the same folder, tells. */
export function withTargets(
  entries: readonly RemoteEntry[],
  listed: readonly RemoteEntry[],
): readonly RemoteEntry[] {
  // "a -> b -> c" may be a link "a" or a link "a -> b": the names in `entries` decide.
  const lines = new Map<string, string[]>();
  for (const { name, target } of listed) {
    if (target === undefined) continue;
    const line = `${name}${arrow}${target}`;
    const key = firstPart(line);
    const alike = lines.get(key) ?? [];
    if (alike.length <= maxAlike) alike.push(line);
    lines.set(key, alike);
  }
  return entries.map((entry) => {
    if (!isUntold(entry)) return entry;
    const start = `${entry.name}${arrow}`;
    const alike = lines.get(firstPart(start)) ?? [];
    const fitting = alike.filter((line) => line.startsWith(start));
    const [line] = fitting;
    return line === undefined || fitting.length > 1 || alike.length > maxAlike
      ? entry
      : { ...entry, target: line.slice(start.length) };
  });
}

const arrow = ' -> ';

// No real folder has so many links that are alike up to an arrow. To compare each name with all of them
// would take the square of their number.
const maxAlike = 100;

function firstPart(line: string): string {
  return line.slice(0, line.indexOf(arrow));
}
