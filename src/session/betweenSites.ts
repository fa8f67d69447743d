import { errorMessage } from '../base/errorMessage.ts';
import { joinPath, parentOf, type RemotePath, rootPath } from '../base/paths.ts';
import type { ByteSource } from '../base/bytes.ts';
import { refusal } from './errorTranslation.ts';
import { RemoteFileError } from './remoteFileError.ts';
import type { FileOptions, RemoteFileSystem, StatEntry, WriteOutcome } from './remoteFileSystem.ts';

/** A path on one of two servers. */
export interface End {
  readonly files: RemoteFileSystem;
  readonly path: RemotePath;
}

type Options = FileOptions & { readonly overwrite: boolean };

// Real trees are not so deep. This ends a walk where the server always shows one more folder.
const maxDepth = 128;

/** One thing that is to be copied. A folder stands before what is in it. */
interface Item {
  /** The names below the path that is copied; empty for that path itself. */
  readonly names: readonly string[];
  readonly entry: StatEntry;
  readonly kind: 'file' | 'directory';
}

/**
 * Copies a file, or a folder with what is in it, from one server to another: with modes and times where
 * the server takes them, and links to files as files. What cannot be copied is named before anything
 * is copied. A failure says how much stands at the target.
 */
export async function copyBetween(from: End, to: End, options: Options): Promise<void> {
  await transfer(from, to, options, 'copy');
}

/**
 * The same, and then what was copied is deleted at the source, once it is proved to be unchanged there
 * and whole at the target. A failure before that leaves the source as it was.
 */
export async function moveBetween(from: End, to: End, options: Options): Promise<void> {
  if (from.path === rootPath) throw refusal('invalidName', 'rename', from.path);
  const items = await transfer(from, to, options, 'rename');
  await prove(from, to, items, options);
  // The deepest first. What another program has put beside them since is kept, and so is its folder.
  try {
    for (const item of items.toReversed()) {
      // Of a link, the link itself is deleted.
      await from.files.delete(pathOf(from, item), { ...options, recursive: false });
    }
  } catch (error) {
    const whole = `All of it stands at ${to.path}, and what is left of the source can be deleted.`;
    throw withMore(error, from.path, whole);
  }
}

async function transfer(
  from: End,
  to: End,
  options: Options,
  intent: 'copy' | 'rename',
): Promise<readonly Item[]> {
  const items = await plan(from, options, intent);
  await checkTarget(to, items[0], options, intent);
  let done = 0;
  try {
    for (const item of items) {
      options.signal.throwIfAborted();
      await copyItem(from, to, item, options);
      done++;
    }
  } catch (error) {
    if (done === 0) throw error;
    const standing = `At ${to.path} stand ${done} of ${items.length} files and folders; the source is whole.`;
    throw withMore(error, to.path, standing);
  }
  return items;
}

function withMore(error: unknown, path: RemotePath, more: string): RemoteFileError {
  const said = errorMessage(error);
  const reason = error instanceof RemoteFileError ? error.reason : 'unavailable';
  return new RemoteFileError(reason, path, `${said} ${more}`, { cause: error });
}

/** Lists all that is to be copied; throws a refusal that names what cannot be. */
async function plan(from: End, options: FileOptions, intent: 'copy' | 'rename'): Promise<Item[]> {
  const items: Item[] = [];
  const unfit: string[] = [];
  const visit = async (names: readonly string[], entry: StatEntry): Promise<void> => {
    const kind = entry.type === 'symlink' ? entry.targetType : entry.type;
    const path = pathOf(from, { names });
    // A link to a folder may lead back up, and a move must not empty the folder that it leads to.
    const named = names.length === 0 && intent === 'copy';
    const leadsOff = entry.type === 'symlink' && kind === 'directory' && !named;
    if ((kind !== 'file' && kind !== 'directory') || leadsOff || names.length > maxDepth) {
      unfit.push(path);
      return;
    }
    items.push({ names, entry, kind });
    if (kind === 'file') return;
    const inside = await from.files.readDirectory(path, { ...options, fresh: true });
    for (const each of inside.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      options.signal.throwIfAborted();
      await visit([...names, each.name], each);
    }
  };
  await visit([], await from.files.stat(from.path, { ...options, fresh: true }));
  if (unfit.length === 0) return items;
  const more = `no file and no folder, or a link to a folder, which another server cannot have`;
  throw refusal('unsupported', intent, from.path, `${unfit.join(', ')}: ${more}`);
}

async function checkTarget(
  { files, path }: End,
  source: Item | undefined,
  options: Options,
  intent: 'copy' | 'rename',
): Promise<void> {
  const there = await statOrAbsent({ files, path }, options);
  if (!there) {
    const parent = { files, path: parentOf(path) };
    if (!(await statOrAbsent(parent, options))) {
      throw refusal('notFound', intent, path, 'its folder does not exist');
    }
    return;
  }
  if (!options.overwrite) throw refusal('exists', intent, path);
  const isFolder = there.type === 'directory' || there.targetType === 'directory';
  if (source?.kind === 'file' && isFolder) throw refusal('isADirectory', intent, path);
  if (source?.kind === 'directory' && !isFolder) throw refusal('notADirectory', intent, path);
  if (!isFolder || intent === 'copy') return;
  // A copy leaves what is there; a move would have to delete it.
  const inside = await files.readDirectory(path, { ...options, fresh: true });
  if (inside.length > 0) throw refusal('notEmpty', intent, path);
}

async function statOrAbsent(
  { files, path }: End,
  options: FileOptions,
): Promise<StatEntry | undefined> {
  try {
    return await files.stat(path, { ...options, fresh: true });
  } catch (error) {
    if (error instanceof RemoteFileError && error.reason === 'notFound') return undefined;
    throw error;
  }
}

async function copyItem(from: End, to: End, item: Item, options: Options): Promise<void> {
  const target = pathOf(to, item);
  if (item.kind === 'directory') {
    if (!(await statOrAbsent({ files: to.files, path: target }, options))) {
      await to.files.createDirectory(target, options);
    }
    return;
  }
  const { signal, observer, overwrite } = options;
  const path = pathOf(from, item);
  const rules = { create: true, overwrite, ...(observer && { observer }) };
  const bulk = { signal, lane: 'transfer' } as const;
  const write = (source: () => ByteSource): Promise<WriteOutcome> =>
    to.files.writeFile(target, source, { ...rules, ...bulk });
  const written = await from.files.receive(path, write, bulk);
  if (written.kind === 'conflict') throw refusal('exists', 'write', target);
  await keepAttributes(to, target, item.entry, options);
}

// A file that loses its mode or its time is better than none.
async function keepAttributes(
  { files }: End,
  path: RemotePath,
  { mode, modified, precision }: StatEntry,
  options: FileOptions,
): Promise<void> {
  // It has another owner there: the bits that lend the owner's rights are left out.
  if (mode !== undefined) await ifItCan(files.changeMode(path, mode.slice(-3), options));
  if (modified && precision === 'second') await ifItCan(files.setModified(path, modified, options));
}

async function ifItCan(change: Promise<void>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!(error instanceof RemoteFileError) || error.reason === 'unavailable') throw error;
  }
}

/** Throws unless the source is as it was and stands whole at the target. */
async function prove(
  from: End,
  to: End,
  items: readonly Item[],
  options: FileOptions,
): Promise<void> {
  const now = await plan(from, options, 'rename');
  const same =
    now.length === items.length &&
    now.every((item, at) => {
      const before = items[at];
      return before && pathOf(from, before) === pathOf(from, item) && isSame(before, item);
    });
  const both = `The copy at ${to.path} stands beside the source, of which nothing was deleted`;
  if (!same) throw refusal('unavailable', 'rename', from.path, `it has changed since. ${both}`);
  const copies = new Map(
    (await plan(to, options, 'rename')).map((item) => [pathOf(from, item), item]),
  );
  for (const item of items) {
    const copy = copies.get(pathOf(from, item));
    if (copy?.kind === item.kind && (item.kind === 'directory' || sameSize(item, copy))) continue;
    const more = `${pathOf(to, item)} is not what was sent. ${both}`;
    throw refusal('damaged', 'rename', from.path, more);
  }
}

function isSame(a: Item, b: Item): boolean {
  if (a.kind !== b.kind) return false;
  return (
    a.kind === 'directory' ||
    (sameSize(a, b) && a.entry.modified?.getTime() === b.entry.modified?.getTime())
  );
}

// Where a server tells no size, the sizes do not differ.
function sameSize(a: Item, b: Item): boolean {
  const [one, other] = [a.entry.size, b.entry.size];
  return one === undefined || other === undefined || one === other;
}

function pathOf({ path }: End, { names }: Pick<Item, 'names'>): RemotePath {
  return names.reduce<RemotePath>((folder, name) => joinPath(folder, name), path);
}
