import { raceAbort } from '../../base/abort.ts';
import { collectBytes } from '../../base/bytes.ts';
import { parentOf, type RemotePath, rootPath } from '../../base/paths.ts';
import type { Retrieval } from '../../ftp/ftpConnection.ts';
import type { Contents } from '../known/entries.ts';
import { refusal, saysNo } from '../errorTranslation.ts';
import { tellPart } from './folderListing.ts';
import { identityOf, identityOfBytes, sha256Of } from '../known/fileIdentity.ts';
import { exactEntry } from '../known/exactEntry.ts';
import { tellLeftOvers } from './leftOvers.ts';
import { followLinks } from '../known/links.ts';
import { type Asking, withTarget } from '../known/linkTargets.ts';
import { listedAnew, lookAt, lookAtItself, rootEntry, withKnownMode } from '../known/exactFacts.ts';
import { isTemporaryName } from '../temporaryNames.ts';
import { obstacleTo } from '../known/obstacle.ts';
import type { FileOptions, ReadFile, RemoteEntry, StatEntry } from '../remoteFileSystem.ts';
import type { Session, Step, Work } from '../session.ts';

/** What stands at a path; a name known to be absent is refused without asking. */
export async function stat(
  session: Session,
  path: RemotePath,
  options: FileOptions & { readonly fresh?: boolean; readonly exact?: boolean },
): Promise<StatEntry> {
  if (path === rootPath) return rootEntry;
  const step = session.step('stat', path, options);
  const listed = options.fresh ? 'anew' : 'known';
  const look = options.exact ? statExactly(listed) : options.fresh ? statAnew : statKnown;
  const entry = await look(session, step);
  if (!entry) throw refusal('notFound', 'stat', path);
  const fresh = options.exact ? 'exact' : (options.fresh ?? false);
  return withTarget(session, entry, step, { left: 2, fresh });
}

/** The entries of a folder, without the temporary files of saves. */
export async function readDirectory(
  session: Session,
  path: RemotePath,
  options: FileOptions & { readonly fresh?: boolean },
): Promise<readonly StatEntry[]> {
  const step = session.step('list', path, options);
  const { fresh = false } = options;
  if (!fresh) refuseUnlessKnown(session, step);
  try {
    const contents = await session.folders.folder(path, {
      signal: step.signal,
      fresh,
      lane: options.lane,
    });
    const { entries } = contents;
    tellPart(session, path, contents);
    tellLeftOvers(session, path, entries);
    const shown = [...entries.values()].filter(({ name }) => !isTemporaryName(name));
    const folder = path === rootPath ? '' : path;
    const asking: Asking = { left: maxAskedLinks, fresh };
    return await Promise.all(
      shown.map((entry) => {
        const inner = `${folder}/${entry.name}` as RemotePath;
        return withTarget(session, entry, { ...step, path: inner }, asking);
      }),
    );
  } catch (error) {
    throw await session.translate(error, step);
  }
}

/** A whole file and which it was. */
export async function readFile(
  session: Session,
  path: RemotePath,
  options: FileOptions & { readonly limit?: number },
): Promise<ReadFile> {
  const step = session.step('read', path, options);
  const { limit = session.largestFile } = options;
  const known = refuseUnlessKnown(session, step);
  if ((known?.size ?? 0) > limit && known?.type === 'file') throw tooLarge(path, limit);
  const place =
    known?.type === 'symlink' ? await followLinks(session, path, step.signal) : undefined;
  // A server may follow a link to where it shows us nothing: it is asked for the link itself.
  const target = place?.entry ? place.path : path;
  return session.run(step, (work) => retrieveWhole(session, work, target, limit));
}

/** A file in pieces; it is whole when the loop ends without an error. */
export async function* openRead(
  session: Session,
  path: RemotePath,
  options: FileOptions,
): AsyncGenerator<Uint8Array> {
  const step = session.step('read', path, options, 'transfer');
  refuseUnlessKnown(session, step);
  try {
    yield* retrievePieces(session, step);
  } catch (error) {
    throw await session.translate(error, step);
  }
}

// The first piece belongs to the attempt: until it is there a lost connection costs only another one.
async function* retrievePieces(session: Session, step: Step): AsyncGenerator<Uint8Array> {
  const whole = AbortSignal.any([step.signal, session.lifetime]);
  const { observer } = step;
  const open = async ({ connection, signal, insistence }: Work): Promise<Begun> => {
    const transfer = { signal: whole, insistence, ...(observer && { observer }) };
    const retrieval = await raceAbort(connection.retrieve(step.path, transfer), signal);
    const pieces = retrieval.bytes[Symbol.asyncIterator]();
    try {
      return { retrieval, pieces, first: await raceAbort(pieces.next(), signal) };
    } catch (error) {
      await retrieval[Symbol.asyncDispose]();
      throw error;
    }
  };
  const { value, lease } = await session.hold(step, open);
  await using _lease = lease;
  await using _retrieval = value.retrieval;
  for (let next = value.first; !next.done; next = await value.pieces.next()) yield next.value;
}

interface Begun {
  readonly retrieval: Retrieval;
  readonly pieces: AsyncIterator<Uint8Array>;
  readonly first: IteratorResult<Uint8Array>;
}

async function retrieveWhole(
  session: Session,
  work: Work,
  path: RemotePath,
  limit: number,
): Promise<ReadFile> {
  const startedAt = session.clock.now();
  // Not awaited: the question for the facts and the RETR go out together.
  const asking = exactEntry(session, work, path);
  asking.catch(() => {});
  await using retrieval = await work.connection.retrieve(path, work);
  const content = await collectBytes(retrieval.bytes, limit).catch((error: unknown) => {
    throw error instanceof RangeError ? tooLarge(path, limit) : error;
  });
  const facts = await asking;
  const sha256 = sha256Of(content);
  if (facts) withKnownMode(session, path, facts);
  // The engine answers for the content: facts that disagree are those of another version.
  if (!facts || facts.size !== content.length) {
    return { content, identity: identityOfBytes(content.length, sha256) };
  }
  const settled = session.serverClock.settled(facts, startedAt);
  return { content, identity: identityOf(facts, { sha256, settled }) };
}

function tooLarge(path: RemotePath, limit: number): Error {
  return refusal('unsupported', 'read', path, `it has more than ${limit} bytes`);
}

/** What is known of a path; one that is known to be absent ends here. */
function refuseUnlessKnown(session: Session, { intent, path }: Step): RemoteEntry | undefined {
  const known = session.folders.lookup(path);
  if (known === 'absent') throw refusal('notFound', intent, path);
  return known;
}

// Where the server tells of no single name, one listing answers for all the names in it.
function statExactly(listed: 'known' | 'anew') {
  return (session: Session, step: Step): Promise<RemoteEntry | undefined> =>
    session.run(step, (work) => lookAt(session, work, step.path, { listed }));
}

async function statAnew(session: Session, step: Step): Promise<RemoteEntry | undefined> {
  const { path } = step;
  // Only a listing tells a link from its target on every server; a known one need not be new.
  if (session.folders.listed(path) === undefined) {
    const listed = await listedAnew(session, step);
    if (listed && listed.type !== 'symlink') return listed;
  }
  const asked = await session.run(step, (work) => lookAt(session, work, path));
  if (!asked) return undefined;
  const known = session.folders.listed(path);
  if (known !== 'absent' && known?.type === 'symlink' && asked.type !== 'symlink') {
    return { ...known, size: asked.size, modified: asked.modified, precision: asked.precision };
  }
  return session.folders.learn(path, asked);
}

async function statKnown(session: Session, step: Step): Promise<RemoteEntry | undefined> {
  const { path, signal, lane } = step;
  try {
    const found = await session.folders.entry(path, { signal, lane });
    if (found !== undefined) return found === 'absent' ? undefined : found;
    const parent = await session.folders.folder(parentOf(path), { signal, lane });
    return await session.run(step, (work) => lookAtItself(session, work, path, parent));
  } catch (error) {
    if (!saysNo(error)) throw await session.translate(error, step);
    // VS Code looks for many names in folders that are not there: one listing above tells of all.
    if ((await obstacle(session, step)) === 'absent') return undefined;
    // A folder that may be entered but not listed, as homes of hosts often are: ask for the name.
    const exact = await session.run(step, (work) => exactEntry(session, work, path));
    if (exact) return exact;
    throw await session.translate(error, step);
  }
}

async function obstacle(session: Session, step: Step): Promise<RemoteEntry | 'absent' | undefined> {
  try {
    const { signal, lane } = step;
    const ask = (path: RemotePath, parent: Contents): Promise<RemoteEntry | undefined> =>
      session.run({ ...step, path }, (work) => lookAtItself(session, work, path, parent));
    return await obstacleTo(session.folders, parentOf(step.path), { signal, lane, ask });
  } catch (error) {
    throw await session.translate(error, step);
  }
}

// Each costs a question or two: a folder full of dangling links is shown without their types.
const maxAskedLinks = 8;
