import { raceAbort } from '../../base/abort.ts';
import { collectBytes } from '../../base/bytes.ts';
import { parentOf, type RemotePath, rootPath } from '../../base/paths.ts';
import { type Request, type RequestAttempt, requestFor } from '../connections/requests.ts';
import { refusal, saysNo } from '../errorTranslation.ts';
import type { Contents } from '../known/entries.ts';
import { listedNow, rootEntry } from '../known/exactFacts.ts';
import { identityOf, identityOfBytes, sha256Of } from '../known/fileIdentity.ts';
import type { LinkQuestions } from '../known/links.ts';
import { listedAt, obstacleTo } from '../known/obstacle.ts';
import { isTemporaryName } from '../temporaryNames.ts';
import type { FileOptions, ReadFile, RemoteEntry, StatEntry } from '../remoteFileSystem.ts';
import type { Session } from '../session.ts';
import { type FolderNoticeParts, tellLeftOvers, tellPartialListing } from './folderNotices.ts';

/** What reading takes of a session. */
export type ReadingParts = FolderNoticeParts &
  Pick<
    Session,
    'requests' | 'folders' | 'facts' | 'links' | 'clock' | 'habits' | 'lifetime' | 'largestFile'
  >;

/** What stands at a path; a name known to be absent is refused without asking. */
export async function stat(
  parts: ReadingParts,
  path: RemotePath,
  options: FileOptions & { readonly fresh?: boolean; readonly exact?: boolean },
): Promise<StatEntry> {
  if (path === rootPath) return rootEntry;
  const request = requestFor('stat', path, options);
  const listed = options.fresh ? 'fresh' : 'known';
  const ask = options.exact ? statExactly(listed) : options.fresh ? statFresh : statKnown;
  const entry = await ask(parts, request);
  if (!entry) throw refusal('notFound', 'stat', path);
  const fresh = options.exact ? 'exact' : (options.fresh ?? false);
  return parts.links.withTarget(entry, request, { left: 2, fresh });
}

/** The entries of a folder, without the temporary files of saves. */
export async function readDirectory(
  parts: ReadingParts,
  path: RemotePath,
  options: FileOptions & { readonly fresh?: boolean },
): Promise<readonly StatEntry[]> {
  const request = requestFor('list', path, options);
  const { fresh = false } = options;
  if (!fresh) refuseUnlessKnown(parts, request);
  try {
    const contents = await parts.folders.folder(path, {
      signal: request.signal,
      attempts: request.attempts,
      fresh,
      lane: options.lane,
    });
    const { entries } = contents;
    tellPartialListing(parts, path, contents);
    tellLeftOvers(parts, path, entries);
    const shown = [...entries.values()].filter(({ name }) => !isTemporaryName(name));
    const folder = path === rootPath ? '' : path;
    const questions: LinkQuestions = { left: maxAskedLinks, fresh };
    return await Promise.all(
      shown.map((entry) => {
        const inner = `${folder}/${entry.name}` as RemotePath;
        return parts.links.withTarget(entry, { ...request, path: inner }, questions);
      }),
    );
  } catch (error) {
    throw await parts.requests.translate(error, request);
  }
}

/** A whole file and which it was. */
export async function readFile(
  parts: ReadingParts,
  path: RemotePath,
  options: FileOptions & { readonly limit?: number },
): Promise<ReadFile> {
  const request = requestFor('read', path, options);
  const { limit = parts.largestFile } = options;
  const known = refuseUnlessKnown(parts, request) ?? (await lookFor(parts, request));
  if (known === 'absent') throw refusal('notFound', 'read', path);
  if ((known?.size ?? 0) > limit && known?.type === 'file') throw tooLarge(path, limit);
  // A server may follow a link to where it shows us nothing: it is asked for the link itself.
  const target = known?.type === 'symlink' ? await parts.links.resolve(path, request) : path;
  const reading = { ...request, use: 'retrieve' } as const;
  return parts.requests.run(reading, (attempt) => retrieveWhole(parts, attempt, target, limit));
}

interface SharedRead {
  readonly file: Promise<ReadFile>;
  readonly controller: AbortController;
  watchers: number;
}

/** Reads that are under way: VS Code asks for some files several times at once, and they are read once. */
export class SharedReads {
  readonly #running = new Map<RemotePath, SharedRead>();

  /** Waits for the read of that file that is under way, or begins one. It ends with its last reader. */
  async read(
    path: RemotePath,
    signal: AbortSignal,
    begin: (signal: AbortSignal) => Promise<ReadFile>,
  ): Promise<ReadFile> {
    const read = this.#running.get(path) ?? this.#begin(path, begin);
    read.watchers++;
    try {
      return await raceAbort(read.file, signal);
    } finally {
      if (--read.watchers === 0) {
        this.#forget(path, read);
        read.controller.abort(signal.reason);
      }
    }
  }

  /** Something was changed: whoever asks from now on must not get what stood there before. */
  clear(): void {
    this.#running.clear();
  }

  #begin(path: RemotePath, begin: (signal: AbortSignal) => Promise<ReadFile>): SharedRead {
    const controller = new AbortController();
    const read = { file: begin(controller.signal), controller, watchers: 0 };
    this.#running.set(path, read);
    return read;
  }

  #forget(path: RemotePath, read: SharedRead): void {
    if (this.#running.get(path) === read) this.#running.delete(path);
  }
}

/**
 * What the listings show at a path, which answers for all the names that are looked for in vain. Where
 * they show nothing, or cannot be had, the file itself is asked for.
 */
async function lookFor(
  parts: ReadingParts,
  request: Request,
): Promise<RemoteEntry | 'absent' | undefined> {
  const { path, signal, lane, attempts } = request;
  try {
    // What a new window reads first are the files of .vscode, a folder that is rarely there.
    return await listedAt(parts.folders, path, { signal, lane, attempts }, 'above');
  } catch (error) {
    signal.throwIfAborted();
    return saysNo(error) && (await obstacle(parts, request)) === 'absent' ? 'absent' : undefined;
  }
}

async function retrieveWhole(
  parts: ReadingParts,
  attempt: RequestAttempt,
  path: RemotePath,
  limit: number,
): Promise<ReadFile> {
  const startedAt = parts.clock.now();
  // Not awaited: the RETR stands in the queue behind the question, and goes out without a pause.
  const asking = parts.facts.tell(attempt, path);
  asking.catch(() => {});
  const size = knownSize(parts, path);
  await using retrieval = await attempt.connection.retrieve(path, { ...attempt, size });
  const content = await collectBytes(retrieval.bytes, limit).catch((error: unknown) => {
    throw error instanceof RangeError ? tooLarge(path, limit) : error;
  });
  const facts = await asking;
  const sha256 = sha256Of(content);
  if (facts) parts.facts.learn(path, facts);
  // The engine has checked the content: facts that disagree are those of another version.
  if (!facts || facts.size !== content.length) {
    return { content, identity: identityOfBytes(content.length, sha256) };
  }
  const settled = parts.habits.clock.settled(facts, startedAt);
  return { content, identity: identityOf(facts, { sha256, settled }) };
}

function tooLarge(path: RemotePath, limit: number): Error {
  return refusal('unsupported', 'read', path, `it has more than ${limit} bytes`);
}

/** The size that a listing has told of a file. */
export function knownSize(
  { folders }: Pick<ReadingParts, 'folders'>,
  path: RemotePath,
): number | undefined {
  const known = folders.lookup(path);
  return known && known !== 'absent' && known.type === 'file' ? known.size : undefined;
}

/** What is known of a path; one that is known to be absent ends here. */
export function refuseUnlessKnown(
  parts: ReadingParts,
  { intent, path }: Request,
): RemoteEntry | undefined {
  const known = parts.folders.lookup(path);
  if (known === 'absent') throw refusal('notFound', intent, path);
  return known;
}

// Where the server tells of no single name, one listing answers for all the names in it.
function statExactly(listed: 'known' | 'fresh') {
  return (parts: ReadingParts, request: Request): Promise<RemoteEntry | undefined> =>
    parts.requests.run({ ...request, use: 'ask' }, (attempt) =>
      parts.facts.at(attempt, request.path, { listed }),
    );
}

async function statFresh(parts: ReadingParts, request: Request): Promise<RemoteEntry | undefined> {
  const { path } = request;
  // Only a listing tells a link from its target on every server; a known one need not be new.
  if (parts.folders.listed(path) === undefined) {
    const listed = await listedNow(parts, request);
    if (listed && listed.type !== 'symlink') return listed;
  }
  const asked = await parts.requests.run(request, (attempt) => parts.facts.at(attempt, path));
  if (!asked) return undefined;
  const known = parts.folders.listed(path);
  if (known !== 'absent' && known?.type === 'symlink' && asked.type !== 'symlink') {
    return { ...known, size: asked.size, modified: asked.modified, precision: asked.precision };
  }
  return parts.folders.learn(path, asked);
}

async function statKnown(parts: ReadingParts, request: Request): Promise<RemoteEntry | undefined> {
  const { path, signal, lane, attempts } = request;
  try {
    const found = await listedAt(parts.folders, path, { signal, lane, attempts });
    if (found !== undefined) return found === 'absent' ? undefined : found;
    const parent = await parts.folders.folder(parentOf(path), { signal, lane, attempts });
    return await parts.requests.run(request, (attempt) =>
      parts.facts.ofName(attempt, path, parent),
    );
  } catch (error) {
    if (!saysNo(error)) throw await parts.requests.translate(error, request);
    // VS Code looks for many names in folders that are not there: one listing above tells of all.
    if ((await obstacle(parts, request)) === 'absent') return undefined;
    // A folder that may be entered but not listed, as homes of hosts often are: ask for the name.
    const exact = await parts.requests.run({ ...request, use: 'ask' }, (attempt) =>
      parts.facts.tell(attempt, path),
    );
    if (exact) return exact;
    throw await parts.requests.translate(error, request);
  }
}

async function obstacle(
  parts: ReadingParts,
  request: Request,
): Promise<RemoteEntry | 'absent' | undefined> {
  try {
    const { signal, lane, attempts } = request;
    const ask = (path: RemotePath, parent: Contents): Promise<RemoteEntry | undefined> =>
      parts.requests.run({ ...request, path }, (attempt) =>
        parts.facts.ofName(attempt, path, parent),
      );
    return await obstacleTo(parts.folders, parentOf(request.path), { signal, lane, attempts, ask });
  } catch (error) {
    throw await parts.requests.translate(error, request);
  }
}

// Each costs a question or two: a folder full of dangling links is shown without their types.
const maxAskedLinks = 8;
