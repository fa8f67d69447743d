import type { ByteSource } from '../../base/bytes.ts';
import { isWithin, joinPath, type RemotePath, rootPath } from '../../base/paths.ts';
import { requestFor } from '../connections/requests.ts';
import { refusal, saysNo } from '../errorTranslation.ts';
import { tellLeftOut, tellPartialListing } from '../reading/folderNotices.ts';
import { type ReadingParts, stat } from '../reading/reading.ts';
import { receive } from '../reading/receiving.ts';
import type { FileOptions, StatEntry } from '../remoteFileSystem.ts';
import { safeWrite } from '../saving/safeWrite.ts';
import type { SavingParts } from '../saving/save.ts';
import type { Session } from '../session.ts';
import { isTemporaryName } from '../temporaryNames.ts';
import { type AttributeParts, changeMode } from './attributes.ts';
import {
  copyTogether,
  maxInMemory,
  mayCopyTogether,
  mostTogether,
  readSmallFile,
} from './copyingTogether.ts';
import { createDirectory, type RenamingParts } from './renaming.ts';

export type CopyingParts = ReadingParts &
  RenamingParts &
  SavingParts &
  AttributeParts &
  Pick<Session, 'pool' | 'largeCopies'>;

type CopyOptions = FileOptions & { readonly overwrite: boolean };

/**
 * Copies a file, or a folder with what is in it. FTP has no command for that: the bytes are read and
 * written again. With `overwrite`, a folder is merged into one that is there.
 */
export async function copy(
  parts: CopyingParts,
  from: RemotePath,
  to: RemotePath,
  options: CopyOptions,
): Promise<void> {
  const entry = await stat(parts, from, { ...options, fresh: true });
  if (isWithin(to, from)) throw refusal('invalidName', 'copy', from, `${to} is inside it`);
  const isFolder = entry.type === 'directory' || entry.targetType === 'directory';
  if (!isFolder) {
    await copyFile(parts, from, to, { ...options, entry });
    return;
  }
  const unfit = await linksOff(parts, from, options);
  if (unfit.length > 0) {
    // FTP has no command that makes a link, and a link that is followed may lead back to where it stands.
    const more = `links that lead to no file cannot be copied: ${unfit.join(', ')}`;
    throw refusal('unsupported', 'copy', from, more);
  }
  await copyFolder(parts, { from, to, isInNew: false }, options);
}

/** The links below a folder that lead to no file. They are named before anything is copied. */
async function linksOff(
  parts: CopyingParts,
  from: RemotePath,
  options: CopyOptions,
): Promise<RemotePath[]> {
  const found: RemotePath[] = [];
  for (const { name, type } of await entriesOf(parts, from, { ...options, fresh: true })) {
    options.signal.throwIfAborted();
    const path = joinPath(from, name);
    if (type === 'directory') found.push(...(await linksOff(parts, path, options)));
    else if (type === 'symlink' && !(await leadsToFile(parts, path, options))) found.push(path);
  }
  return found;
}

async function entriesOf(
  parts: CopyingParts,
  from: RemotePath,
  { signal, fresh, ...options }: CopyOptions & { readonly fresh: boolean },
): Promise<readonly StatEntry[]> {
  try {
    const contents = await parts.folders.folder(from, { signal, fresh });
    if (fresh) {
      tellPartialListing(parts, from, contents);
      tellLeftOut(parts, from, contents.entries);
    }
    return [...contents.entries.values()].filter(({ name }) => !isTemporaryName(name));
  } catch (error) {
    throw await parts.requests.translate(error, requestFor('list', from, { signal, ...options }));
  }
}

interface Folders {
  readonly from: RemotePath;
  readonly to: RemotePath;
}

async function copyFolder(
  parts: CopyingParts,
  { isInNew, ...folders }: Folders & { readonly isInNew: boolean },
  options: CopyOptions,
): Promise<void> {
  const { from, to } = folders;
  const { signal } = options;
  const entries = await entriesOf(parts, from, { ...options, fresh: false });
  // Made after the listing: behind a link, `to` may stand in the very folder that is copied.
  const found = isInNew
    ? await makeFolder(parts, to, options)
    : await ensureFolder(parts, to, options);
  const rest = found === 'made' ? await copySmallFiles(parts, folders, entries, options) : entries;
  for (const entry of rest) {
    signal.throwIfAborted();
    const { name, type } = entry;
    const inner = { from: joinPath(from, name), to: joinPath(to, name), isInNew: found === 'made' };
    if (type === 'directory') await copyFolder(parts, inner, options);
    else await copyFile(parts, inner.from, inner.to, { ...options, entry });
  }
}

/** Copies the files that can be copied together, and returns everything else. */
async function copySmallFiles(
  parts: CopyingParts,
  folders: Folders,
  entries: readonly StatEntry[],
  options: CopyOptions,
): Promise<readonly StatEntry[]> {
  const { from, to } = folders;
  const small = entries.filter(
    ({ type, size }) => type === 'file' && (size ?? Infinity) <= maxInMemory,
  );
  const rest = entries.filter((entry) => !small.includes(entry));
  while (small.length > 0) {
    if (!mayCopyTogether(parts, to)) {
      // A save finds out whether the server takes temporary names.
      const [entry] = small.splice(0, 1);
      if (entry)
        await copyFile(parts, joinPath(from, entry.name), joinPath(to, entry.name), {
          ...options,
          entry,
        });
      continue;
    }
    const together = small.splice(0, mostTogether);
    const alone = await copyTogether(parts, folders, together, options);
    rest.push(...alone);
    for (const entry of together.filter((entry) => !alone.includes(entry))) {
      await keepMode(parts, joinPath(from, entry.name), joinPath(to, entry.name), {
        ...options,
        entry,
      });
    }
  }
  return rest;
}

async function leadsToFile(
  parts: CopyingParts,
  path: RemotePath,
  options: FileOptions,
): Promise<boolean> {
  return (await stat(parts, path, options)).targetType === 'file';
}

async function ensureFolder(
  parts: CopyingParts,
  to: RemotePath,
  options: CopyOptions,
): Promise<'made' | 'there'> {
  const there = await stat(parts, to, { ...options, fresh: true }).catch(() => undefined);
  options.signal.throwIfAborted();
  if (!there) return await makeFolder(parts, to, options);
  if (!options.overwrite) throw refusal('exists', 'copy', to);
  if (there.type === 'file') throw refusal('notADirectory', 'copy', to);
  return 'there';
}

async function makeFolder(
  parts: CopyingParts,
  to: RemotePath,
  options: CopyOptions,
): Promise<'made'> {
  await createDirectory(parts, to, options);
  return 'made';
}

async function copyFile(
  parts: CopyingParts,
  from: RemotePath,
  to: RemotePath,
  options: CopyOptions & { readonly entry: StatEntry },
): Promise<void> {
  const { entry, overwrite, signal, observer } = options;
  const rules = { create: true, overwrite, signal, ...(observer && { observer }) };
  const write = async (source: () => ByteSource): Promise<void> => {
    await safeWrite(parts, to, source, rules);
    await keepMode(parts, from, to, options);
  };
  // A listing tells the size of the link itself.
  const size =
    entry.type === 'symlink'
      ? await parts.links.sizeBehind(requestFor('copy', from, options))
      : entry.size;
  // Larger ones are copied from one connection straight to another.
  if (size !== undefined && size <= maxInMemory) {
    const content = await readSmallFile(parts, from, signal);
    await write(() => [content]);
  } else if (parts.pool.limit > 1) {
    // One such copy at a time: two of them with one connection each would wait for each other.
    await parts.largeCopies.take([rootPath], signal, () =>
      receive(parts, from, write, { signal, lane: 'transfer' }),
    );
  } else {
    throw refusal('unsupported', 'copy', from, 'it is too large for the one connection there is');
  }
}

// A copy that loses the mode is better than none.
async function keepMode(
  parts: CopyingParts,
  from: RemotePath,
  to: RemotePath,
  { entry, signal }: FileOptions & { readonly entry: StatEntry },
): Promise<void> {
  const { mode } = entry.type === 'symlink' ? await stat(parts, from, { signal }) : entry;
  const made = parts.folders.lookup(to);
  if (mode === undefined || (made && made !== 'absent' && made.mode === mode)) return;
  try {
    await changeMode(parts, to, mode, { signal });
  } catch (error) {
    if (!saysNo(error)) throw error;
    parts.logger.warn(`The copy ${to} does not have the mode ${mode}: ${String(error)}`);
  }
}
