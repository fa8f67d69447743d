import type { Logger } from '../../base/logger.ts';
import { joinPath, nameOf, parentOf, type RemotePath, rootPath } from '../../base/paths.ts';
import { awaitAll } from '../../base/concurrency.ts';
import { holdsUndecoded } from '../../ftp/grammar/charset/charset.ts';
import type { Request, RequestAttempt, Requests } from '../connections/requests.ts';
import { refusal, saysNo, undefinedWhereNo } from '../errorTranslation.ts';
import type { RemoteEntry } from '../remoteFileSystem.ts';
import type { DirectoryCache } from './directoryCache.ts';
import { type Contents, isProof, type Listed } from './entries.ts';
import type { SessionHabits } from '../../ftp/profile/sessionHabits.ts';

/** The root stands in no listing, and is a folder on every server. */
export const rootEntry: RemoteEntry = {
  name: '',
  type: 'directory',
  size: undefined,
  modified: undefined,
  precision: 'none',
};

export interface ExactFactsParts {
  readonly folders: DirectoryCache;
  readonly habits: Readonly<SessionHabits>;
  readonly logger: Logger;
  /** A name that no file has. */
  readonly newId: () => string;
}

/** Asks the server what stands at a path now, and takes the answers into what is known. */
export class ExactFacts {
  readonly #parts: ExactFactsParts;

  constructor(parts: ExactFactsParts) {
    this.#parts = parts;
  }

  /** What the server tells of one name when asked for it; `undefined` where it does not. */
  async tell(
    { connection, signal }: Pick<RequestAttempt, 'connection' | 'signal'>,
    path: RemotePath,
  ): Promise<RemoteEntry | undefined> {
    const { habits } = this.#parts;
    try {
      const entry = await connection.entry(path, { signal });
      if (entry && !habits.tellsEntries) habits.toldEntry();
      const { sizesFolders, keepsQuiet } = connection.description;
      if (sizesFolders === true || keepsQuiet === true) habits.distrustsEntries();
      return entry;
    } catch (error) {
      if (saysNo(error)) return undefined;
      throw error;
    }
  }

  /**
   * What stands at a path now; `undefined`: nothing. The server is asked for the name, and where that
   * tells nothing for the folder's listing. `by: 'listing'` lists also where an older listing lacks
   * the name and the server is silent about it too. `by: 'name'` only lists: a listing has names as
   * they are written, also on a server that ignores case. `listed: 'known'` takes a known listing
   * where the server tells of no single name.
   */
  async at(
    attempt: RequestAttempt,
    path: RemotePath,
    {
      by = 'any',
      listed = 'fresh',
    }: { readonly by?: 'any' | 'listing' | 'name'; readonly listed?: 'known' | 'fresh' } = {},
  ): Promise<RemoteEntry | undefined> {
    if (path === rootPath) return rootEntry;
    const { folders, habits } = this.#parts;
    const exact = by === 'name' ? undefined : await this.tell(attempt, path);
    if (exact) return this.learn(path, exact);
    const known = listed === 'known' ? folders.lookup(path) : undefined;
    if (known && known !== 'absent' && !habits.tellsEntries) return known;
    if (by === 'any' && this.#isToldAbsent(attempt, path)) return undefined;
    const parent = await this.listBy(attempt, parentOf(path));
    const found = parent.entries.get(nameOf(path));
    return found || isProof(parent) ? found : await this.ofName(attempt, path, parent);
  }

  /**
   * The same without a listing, for a name that a listing lacks which proves nothing. SIZE and MDTM
   * are silent about folders, so that it is tried whether the name can be entered.
   */
  async ofName(
    attempt: RequestAttempt,
    path: RemotePath,
    parent: Contents,
  ): Promise<RemoteEntry | undefined> {
    const exact = await this.tell(attempt, path);
    if (exact) return this.learn(path, exact);
    const { tellsEntries } = this.#parts.habits;
    if (tellsEntries && attempt.connection.features.has('MLST')) return undefined;
    if (await this.#canBeEntered(attempt, path)) return { ...rootEntry, name: nameOf(path) };
    if (tellsEntries || parent.missing === undefined) return undefined;
    const more = 'its folder may hold more than the server has listed';
    throw refusal('unavailable', 'stat', path, more);
  }

  /** The same as `at`, but of a link that only the server can follow its target's size and time. */
  async behindLink(attempt: RequestAttempt, path: RemotePath): Promise<RemoteEntry | undefined> {
    const entry = await this.at(attempt, path);
    return entry?.type === 'symlink' ? followedByServer(attempt, path, entry) : entry;
  }

  /** Takes exact facts into what is known; SIZE and MDTM tell no mode, a listing may have told it. */
  learn(path: RemotePath, exact: RemoteEntry): RemoteEntry {
    const { folders } = this.#parts;
    const known = folders.listed(path);
    const mode = known === 'absent' ? undefined : known?.mode;
    const entry = { ...(mode !== undefined && { mode }), ...exact };
    // A server may answer for a link with its target's facts: what is known of the link stays.
    if (known === 'absent' || known?.type !== 'symlink') folders.learn(path, entry);
    return entry;
  }

  /** True when a listing that lacks a name, and a server that does not tell of it, prove it absent. */
  provesAbsence(path: RemotePath): boolean {
    const { folders, habits } = this.#parts;
    return habits.tellsEntries && folders.listed(path) === 'absent';
  }

  // An empty listing alone proves nothing, and another one would not either: MLST has told.
  #isToldAbsent({ connection }: Pick<RequestAttempt, 'connection'>, path: RemotePath): boolean {
    if (this.provesAbsence(path)) return true;
    const { folders, habits } = this.#parts;
    const parent = folders.peek(parentOf(path));
    const isEmpty = parent?.missing === undefined && parent?.entries.size === 0;
    return isEmpty && habits.tellsEntries && connection.features.has('MLST');
  }

  /**
   * Lists a folder, and makes sure that it is one: some servers answer MLSD of a name that does not
   * exist with an empty listing, and of a file with the line of that file.
   */
  async listFolder(attempt: RequestAttempt, folder: RemotePath): Promise<Listed> {
    const { entries, missing, isEntered = false } = await attempt.connection.list(folder, attempt);
    this.#noteUndecodable(folder, entries);
    const listed = { entries, missing };
    if (isEntered || entries.length > 1 || folder === rootPath) return listed;
    const entry = await this.#entryOfFolder(attempt, folder);
    if (entry === 'absent') throw refusal('notFound', 'list', folder);
    if (entry?.type === 'file') throw refusal('notADirectory', 'list', folder);
    return listed;
  }

  /** Lists a folder by the connection of an attempt that is under way. */
  async listBy(attempt: RequestAttempt, folder: RemotePath): Promise<Contents> {
    const list = (path: RemotePath): Promise<Listed> => this.listFolder(attempt, path);
    return this.#parts.folders.folderBy(folder, list, attempt);
  }

  async #canBeEntered(attempt: RequestAttempt, path: RemotePath): Promise<boolean> {
    const { habits, newId } = this.#parts;
    if (habits.enters === 'any' || !(await this.#isListable(attempt, path))) return false;
    if (habits.enters === 'unknown') {
      const missing = joinPath(path, newId());
      habits.triedToEnter((await this.#isListable(attempt, missing)) ? 'entered' : 'refused');
    }
    return habits.enters === 'folders';
  }

  async #isListable(attempt: RequestAttempt, folder: RemotePath): Promise<boolean> {
    return (await this.listBy(attempt, folder).catch(undefinedWhereNo)) !== undefined;
  }

  async #entryOfFolder(
    attempt: RequestAttempt,
    folder: RemotePath,
  ): Promise<RemoteEntry | 'absent' | undefined> {
    const known = this.#parts.folders.lookup(folder);
    if (known && known !== 'absent' && known.type !== 'file') return known;
    const exact = await this.tell(attempt, folder);
    if (exact) return exact;
    const parent = await this.listBy(attempt, parentOf(folder)).catch(undefinedWhereNo);
    // A parent that may not be listed says nothing about its folders.
    return (
      parent?.entries.get(nameOf(folder)) ?? (parent && isProof(parent) ? 'absent' : undefined)
    );
  }

  // Such names can be opened all the same, but they are shown garbled: logged once, not per folder.
  #noteUndecodable(folder: RemotePath, entries: readonly RemoteEntry[]): void {
    const { habits, logger } = this.#parts;
    const count = entries.filter(({ name }) => holdsUndecoded(name)).length;
    if (count > 0 && habits.undecodableNames === 0) {
      logger.warn(
        `Names in ${folder} are not in the charset of the site, which may need another: ${count}`,
      );
    }
    habits.listedUndecodable(count);
  }
}

/**
 * What the server's own following of a link shows, beside what is known of the link. RFC 3659, 3 and
 * 4: SIZE and MDTM tell of what RETR would send, where MLST may tell of the link.
 */
export async function followedByServer(
  { connection, signal }: RequestAttempt,
  path: RemotePath,
  link: RemoteEntry,
): Promise<RemoteEntry> {
  const [size, modified] = await awaitAll(
    connection.size(path, { signal }).catch(undefinedWhereNo),
    connection.modified(path, { signal }).catch(undefinedWhereNo),
  );
  if (size === undefined) return link;
  return { ...link, size, modified, precision: modified ? 'second' : 'none' };
}

/** What a fresh listing of the parent shows at a path; `undefined` also where it cannot be listed. */
export async function listedNow(
  { folders, requests }: { readonly folders: DirectoryCache; readonly requests: Requests },
  request: Request,
): Promise<RemoteEntry | undefined> {
  const { path, signal, attempts } = request;
  try {
    const { entries } = await folders.folder(parentOf(path), { signal, attempts, fresh: true });
    return entries.get(nameOf(path));
  } catch (error) {
    if (saysNo(error)) return undefined;
    throw await requests.translate(error, request);
  }
}
