import { type ByteSource, collectBytes } from '../base/bytes.ts';
import { isWithin, joinPath, type RemotePath, rootPath } from '../base/paths.ts';
import { refusal } from './errorTranslation.ts';
import { sizeBehind } from './links.ts';
import { isNeighbourName } from './neighbours.ts';
import { openRead, stat } from './reading.ts';
import { createDirectory } from './renaming.ts';
import type { FileOptions, StatEntry } from './remoteFileSystem.ts';
import { safeWrite } from './safeWrite.ts';
import type { Session } from './session.ts';

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
  const left: RemotePath[] = [];
  const isFolder = entry.type === 'directory' || entry.targetType === 'directory';
  if (isFolder) await copyFolder(session, { from, to, left }, options);
  else await copyFile(session, from, to, { ...options, entry });
  if (left.length > 0) {
    const more = `links to folders were left out: ${left.join(', ')}`;
    throw refusal('unsupported', 'copy', from, more);
  }
}

interface Folders {
  readonly from: RemotePath;
  readonly to: RemotePath;
  /** What cannot be copied is told at the end, after all that can be. */
  readonly left: RemotePath[];
}

async function copyFolder(session: Session, folders: Folders, options: CopyOptions): Promise<void> {
  const { from, to, left } = folders;
  const { signal } = options;
  const step = session.step('list', from, options);
  let entries: readonly StatEntry[];
  try {
    const contents = await session.folders.folder(from, { signal, fresh: true });
    session.tellPart(from, contents);
    entries = [...contents.entries.values()];
  } catch (error) {
    throw await session.translate(error, step);
  }
  // Only then: behind a link the copy may be made in the very folder that is copied.
  await ensureFolder(session, to, options);
  for (const entry of entries) {
    signal.throwIfAborted();
    const { name, type } = entry;
    if (isNeighbourName(name)) continue;
    const inner = { from: joinPath(from, name), to: joinPath(to, name), left };
    if (type === 'directory') await copyFolder(session, inner, options);
    else if (type === 'symlink' && (await leadsToFolder(session, inner.from, options))) {
      left.push(inner.from);
    } else await copyFile(session, inner.from, inner.to, { ...options, entry });
  }
}

async function leadsToFolder(
  session: Session,
  path: RemotePath,
  options: FileOptions,
): Promise<boolean> {
  return (await stat(session, path, options)).targetType !== 'file';
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
  };
  const read = (): AsyncIterable<Uint8Array> =>
    openRead(session, from, { signal, lane: 'transfer' });
  // A listing tells the size of the link itself.
  const size =
    entry.type === 'symlink'
      ? await sizeBehind(session, session.step('copy', from, options))
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

function grown(from: RemotePath): Error {
  return refusal('damaged', 'copy', from, 'it grew while it was read');
}
