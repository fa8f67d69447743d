import { isEntryName, joinPath, nameOf, parentOf, type RemotePath } from '../base/paths.ts';
import { makeFolders } from '../session/changing/makeFolders.ts';
import { RemoteFileError } from '../session/remoteFileError.ts';
import type { FileOptions, RemoteFileSystem, StatEntry } from '../session/remoteFileSystem.ts';
import type { Side, SideContent, SideEntry, SideOptions, SideTransferOptions } from './side.ts';

// Deeper than anybody builds; a server that always finds one more folder ends here.
const maxDepth = 128;

/** A server as one side of a copy. Nothing that it does takes the place of somebody who waits. */
export function remoteSide(files: RemoteFileSystem): Side<RemotePath> {
  return {
    deepest: maxDepth,
    join: joinPath,
    parentOf,
    newNames: () => (name) => (isEntryName(name) ? undefined : 'its name holds a line break'),
    kindOf: (path, options) => kindOf(files, path, options),
    look: async (path, options) => {
      const entry = await files.stat(path, { ...bulk(options), exact: true });
      // What is no folder is asked for: the server says why it cannot be read.
      return { ...factsOf(entry), path, name: nameOf(path), kind: kindOfTarget(entry) ?? 'file' };
    },
    list: async (folder, options) => {
      const entries = await files.readDirectory(folder, bulk(options));
      return entries.map((entry) => entryOf(folder, entry));
    },
    read: (file, options) => read(files, file, options),
    write: (path, content, options) => write(files, path, content, options),
    makeFolders: (path, options) => makeFolders(files, path, bulk(options)),
    makeFolder: (path, options) => makeFolders(files, path, bulk(options)),
    recover: async (error, options) => {
      if (isReason(error, 'unavailable')) await files.connect(bulk(options));
    },
  };
}

// Whatever belongs to a copy: folders looked at and made as well as files.
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

// A LIST tells the time of the server's own zone, and not to the second; of a link it is the link's.
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
  options: SideTransferOptions,
): Promise<SideContent> {
  const { observer } = options;
  // Where no listing has told the time, the file itself is asked.
  const modified = known ?? (await files.stat(path, { ...bulk(options), exact: true })).modified;
  const pieces = (): AsyncIterable<Uint8Array> =>
    files.openRead(path, { ...bulk(options), observer });
  return { pieces, ...(modified && { modified }) };
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
  // Without an expectation whatever is there gives way.
  if (outcome.kind === 'conflict') {
    throw new RemoteFileError('exists', path, `${path} was not written.`);
  }
}

function isReason(error: unknown, reason: RemoteFileError['reason']): boolean {
  return error instanceof RemoteFileError && error.reason === reason;
}
