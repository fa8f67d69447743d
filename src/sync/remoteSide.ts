import { isEntryName, joinPath, nameOf, parentOf, type RemotePath } from '../base/paths.ts';
import { makeFolders } from '../session/changing/makeFolders.ts';
import { RemoteFileError } from '../session/remoteFileError.ts';
import type { FileOptions, RemoteFileSystem, StatEntry } from '../session/remoteFileSystem.ts';
import type { Side, SideContent, SideEntry, SideOptions, SideTransferOptions } from './side.ts';

// Deeper than real trees are. A server that always lists one more folder is stopped here.
const maxDepth = 128;

/** A server as one side of a copy. All its work is in the transfer lane, behind what a user waits for. */
export function remoteSide(files: RemoteFileSystem): Side<RemotePath> {
  return {
    session: files,
    deepest: maxDepth,
    join: joinPath,
    parentOf,
    newNames: () => (name) => (isEntryName(name) ? undefined : 'its name holds a line break'),
    kindOf: (path, options) => kindOf(files, path, options),
    look: async (path, options) => {
      const entry = await files.stat(path, { ...bulk(options), exact: true });
      // Anything but a folder is taken as a file: if it cannot be read, the server says why.
      return { ...factsOf(entry), path, name: nameOf(path), kind: kindOfTarget(entry) ?? 'file' };
    },
    list: async (folder, options) => {
      const entries = await files.readDirectory(folder, bulk(options));
      return entries.map((entry) => entryOf(folder, entry));
    },
    read: (file, take, options) => read(files, file, take, options),
    write: (path, content, options) => write(files, path, content, options),
    makeFolders: (path, options) => makeFolders(files, path, bulk(options)),
    makeFolder: (path, options) => makeFolders(files, path, bulk(options)),
    recover: async (error, options) => {
      if (isReason(error, 'unavailable')) await files.connect(bulk(options));
    },
  };
}

// For everything in a copy: listing and making folders as well as files.
function bulk({ signal }: SideOptions): FileOptions {
  return { signal, lane: 'transfer' };
}

async function kindOf(
  files: RemoteFileSystem,
  path: RemotePath,
  options: SideOptions,
): Promise<'file' | 'folder' | 'other' | undefined> {
  try {
    return kindOfTarget(await files.stat(path, bulk(options))) ?? 'other';
  } catch (error) {
    if (isReason(error, 'notFound')) return undefined;
    throw error;
  }
}

function kindOfTarget({ type, targetType }: StatEntry): 'file' | 'folder' | undefined {
  const kind = type === 'symlink' ? targetType : type;
  if (kind === 'directory') return 'folder';
  return kind === 'file' ? 'file' : undefined;
}

const kinds = { file: 'file', directory: 'folder', symlink: 'link', other: 'other' } as const;

function entryOf(folder: RemotePath, entry: StatEntry): SideEntry<RemotePath> {
  const { name, type } = entry;
  return { ...factsOf(entry), path: joinPath(folder, name), name, kind: kinds[type] };
}

// Only exact times of files count. LIST tells minutes in the server's zone, and for a link the link's time.
function factsOf({
  type,
  size,
  modified,
  precision,
}: StatEntry): Pick<SideEntry<RemotePath>, 'size' | 'modified'> {
  return {
    ...(size !== undefined && { size }),
    ...(modified && type === 'file' && precision === 'second' && { modified }),
  };
}

async function read(
  files: RemoteFileSystem,
  { path, modified: known }: SideEntry<RemotePath>,
  take: (content: SideContent) => Promise<void>,
  options: SideTransferOptions,
): Promise<void> {
  const { observer } = options;
  // If no listing has told the exact time, ask for the file's own.
  const modified = known ?? (await files.stat(path, { ...bulk(options), exact: true })).modified;
  const facts = modified ? { modified } : {};
  await files.receive(path, (pieces) => take({ pieces, ...facts }), { ...bulk(options), observer });
}

async function write(
  files: RemoteFileSystem,
  path: RemotePath,
  { pieces }: SideContent,
  options: SideTransferOptions,
): Promise<void> {
  const { observer } = options;
  const rules = { ...bulk(options), observer, create: true, overwrite: true };
  const outcome = await files.writeFile(path, pieces, rules);
  // Without an expectation the write replaces any file, so there should be no conflict.
  if (outcome.kind === 'conflict') {
    throw new RemoteFileError('exists', path, `${path} was not written.`);
  }
}

function isReason(error: unknown, reason: RemoteFileError['reason']): boolean {
  return error instanceof RemoteFileError && error.reason === reason;
}
