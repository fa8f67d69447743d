import { type ByteSource, collectBytes } from '../../base/bytes.ts';
import { isWithin, joinPath, type RemotePath, rootPath } from '../../base/paths.ts';
import { changeMode } from './attributes.ts';
import { refusal, saysNo } from '../errorTranslation.ts';
import { tellLeftOut, tellPart } from '../reading/leftOvers.ts';
import { isTemporaryName } from '../temporaryNames.ts';
import { openRead, stat } from '../reading/reading.ts';
import { createDirectory } from './renaming.ts';
import type { FileOptions, StatEntry } from '../remoteFileSystem.ts';
import { safeWrite } from '../saving/safeWrite.ts';
import { requestFor } from '../connections/requests.ts';
import type { Session } from '../session.ts';

type CopyOptions = FileOptions & { readonly overwrite: boolean };

// What is copied through memory: more goes from one connection straight to another.
const maxInMemory = 16 * 1024 * 1024;

/**
 * Copies a file, or a folder with what is in it: FTP has no command for that, so the bytes come here
 * and go back. Into a folder that is there it is merged, with `overwrite`.
 */
export async function copy(
  session: Session,
  from: RemotePath,
  to: RemotePath,
  options: CopyOptions,
): Promise<void> {
  const entry = await stat(session, from, { ...options, fresh: true });
  if (isWithin(to, from)) throw refusal('invalidName', 'copy', from, `${to} is inside it`);
  const isFolder = entry.type === 'directory' || entry.targetType === 'directory';
  if (!isFolder) {
    await copyFile(session, from, to, { ...options, entry });
    return;
  }
  const unfit = await linksOff(session, from, options);
  if (unfit.length > 0) {
    // No command of FTP makes a link, and one that is followed may lead back to where it stands.
    const more = `links that lead to no file cannot be copied: ${unfit.join(', ')}`;
    throw refusal('unsupported', 'copy', from, more);
  }
  await copyFolder(session, { from, to }, options);
}

/** The links below a folder that lead to no file: told before anything is copied. */
async function linksOff(
  session: Session,
  from: RemotePath,
  options: CopyOptions,
): Promise<RemotePath[]> {
  const found: RemotePath[] = [];
  for (const { name, type } of await entriesOf(session, from, { ...options, fresh: true })) {
    options.signal.throwIfAborted();
    const path = joinPath(from, name);
    if (type === 'directory') found.push(...(await linksOff(session, path, options)));
    else if (type === 'symlink' && !(await leadsToFile(session, path, options))) found.push(path);
  }
  return found;
}

async function entriesOf(
  session: Session,
  from: RemotePath,
  { signal, fresh, ...options }: CopyOptions & { readonly fresh: boolean },
): Promise<readonly StatEntry[]> {
  try {
    const contents = await session.folders.folder(from, { signal, fresh });
    if (fresh) {
      tellPart(session, from, contents);
      tellLeftOut(session, from, contents.entries);
    }
    return [...contents.entries.values()].filter(({ name }) => !isTemporaryName(name));
  } catch (error) {
    throw await session.requests.translate(error, requestFor('list', from, { signal, ...options }));
  }
}

interface Folders {
  readonly from: RemotePath;
  readonly to: RemotePath;
}

async function copyFolder(session: Session, folders: Folders, options: CopyOptions): Promise<void> {
  const { from, to } = folders;
  const { signal } = options;
  const entries = await entriesOf(session, from, { ...options, fresh: false });
  // Only then: behind a link the copy may be made in the very folder that is copied.
  await ensureFolder(session, to, options);
  for (const entry of entries) {
    signal.throwIfAborted();
    const { name, type } = entry;
    const inner = { from: joinPath(from, name), to: joinPath(to, name) };
    if (type === 'directory') await copyFolder(session, inner, options);
    else await copyFile(session, inner.from, inner.to, { ...options, entry });
  }
}

async function leadsToFile(
  session: Session,
  path: RemotePath,
  options: FileOptions,
): Promise<boolean> {
  return (await stat(session, path, options)).targetType === 'file';
}

async function ensureFolder(session: Session, to: RemotePath, options: CopyOptions): Promise<void> {
  const there = await stat(session, to, { ...options, fresh: true }).catch(() => undefined);
  options.signal.throwIfAborted();
  if (!there) await createDirectory(session, to, options);
  else if (!options.overwrite) throw refusal('exists', 'copy', to);
  else if (there.type === 'file') throw refusal('notADirectory', 'copy', to);
}

async function copyFile(
  session: Session,
  from: RemotePath,
  to: RemotePath,
  options: CopyOptions & { readonly entry: StatEntry },
): Promise<void> {
  const { entry, overwrite, signal, observer } = options;
  const rules = { create: true, overwrite, signal, ...(observer && { observer }) };
  const write = async (source: () => ByteSource): Promise<void> => {
    await safeWrite(session, to, source, rules);
    await keepMode(session, from, to, options);
  };
  const read = (): AsyncIterable<Uint8Array> =>
    openRead(session, from, { signal, lane: 'transfer' });
  // A listing tells the size of the link itself.
  const size =
    entry.type === 'symlink'
      ? await session.links.sizeBehind(requestFor('copy', from, options))
      : entry.size;
  if (size !== undefined && size <= maxInMemory) {
    const content = await collectBytes(read(), maxInMemory).catch((error: unknown) => {
      throw error instanceof RangeError ? grown(from) : error;
    });
    await write(() => [content]);
  } else if (session.pool.limit > 1) {
    // One such copy at a time: two of them, each with one connection, would wait for each other.
    await session.pairs.take([rootPath], signal, () => write(read));
  } else {
    throw refusal('unsupported', 'copy', from, 'it is too large for the one connection there is');
  }
}

// A copy without its mode is better than none.
async function keepMode(
  session: Session,
  from: RemotePath,
  to: RemotePath,
  { entry, signal }: FileOptions & { readonly entry: StatEntry },
): Promise<void> {
  const { mode } = entry.type === 'symlink' ? await stat(session, from, { signal }) : entry;
  const made = session.folders.lookup(to);
  if (mode === undefined || (made && made !== 'absent' && made.mode === mode)) return;
  try {
    await changeMode(session, to, mode, { signal });
  } catch (error) {
    if (!saysNo(error)) throw error;
    session.logger.warn(`The copy ${to} does not have the mode ${mode}: ${String(error)}`);
  }
}

function grown(from: RemotePath): Error {
  return refusal('damaged', 'copy', from, 'it grew while it was read');
}
