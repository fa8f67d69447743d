import { type BigIntStats, constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { diskEntryOf, mayWrite, pathBytes, statOf, toEntry, translated } from './diskEntry.ts';
import { DiskListing, DiskReader, DiskWriter } from './diskStreams.ts';
import {
  careful,
  type Ground,
  groundAt,
  type HeldFolder,
  namesBelow,
  pathIn,
  realPath,
} from './diskGround.ts';
import {
  FolderError,
  fromWireText,
  type ServedEntry,
  type ServedFolder,
  type ServedPath,
  splitServedPath,
  toWireText,
  type WriteStart,
} from './servedFolder.ts';

// A link leads to what is no link, unless one has just appeared there. The system itself follows forty.
const maxLinks = 40;

/**
 * Serves a folder of this machine. Links that lead out of it are listed and refused. All that is done
 * is done by way of folders that are held (`Ground`), so that names swapped in the middle of things
 * lead nowhere else.
 */
export async function diskFolder(
  root: string,
  ground: (root: string) => Ground = groundAt,
): Promise<ServedFolder> {
  const real = await fs.realpath(resolve(root));
  if (!(await fs.stat(real)).isDirectory()) throw new FolderError('notAFolder', root);
  const onWire = toWireText(real);
  return new DiskFolder(onWire, ground(onWire));
}

/** A name in a folder that is held; empty for the root itself. */
interface Place extends AsyncDisposable {
  readonly folder: HeldFolder;
  readonly name: string;
  readonly path: string;
}

/** The same of what is no link; without `stats` nothing stands there. */
interface FollowedPlace extends Place {
  readonly stats: BigIntStats | undefined;
}

class DiskFolder implements ServedFolder {
  readonly #root: string;
  readonly #ground: Ground;

  constructor(root: string, ground: Ground) {
    this.#root = root;
    this.#ground = ground;
  }

  openList(path: ServedPath): Promise<DiskListing> {
    return translated(path, async () => {
      const folder = await this.#ground.hold(namesOf(path));
      return await DiskListing.open(path, folder);
    });
  }

  entry(path: ServedPath): Promise<ServedEntry> {
    return translated(path, async () => {
      await using place = await this.#place(namesOf(path));
      const { folder, name } = place;
      const around = await fs.stat(pathBytes(folder.path), { bigint: true });
      return await diskEntryOf(place.path, name, name !== '' && mayWrite(around));
    });
  }

  followed(path: ServedPath): Promise<ServedEntry> {
    return translated(path, async () => {
      await using place = await this.#followed(namesOf(path));
      if (!place.stats) throw new FolderError('absent', path);
      return toEntry(splitServedPath(path).name, place.stats, false);
    });
  }

  openRead(path: ServedPath): Promise<DiskReader> {
    return translated(path, async () => {
      await using place = await this.#followed(namesOf(path));
      const { handle, stats } = await openFile(path, place, constants.O_RDONLY);
      return new DiskReader(handle, toEntry(splitServedPath(path).name, stats, false));
    });
  }

  openWrite(path: ServedPath, start: WriteStart): Promise<DiskWriter> {
    return translated(path, async () => {
      // A link is written through, to where it leads inside the folder. A dangling one is refused:
      // to create its target could create a name anywhere.
      await using place = named(path, await this.#followed(namesOf(path)));
      const flags = constants.O_WRONLY | creation(start);
      const { handle } = await openFile(path, place, flags).catch((error: unknown) => {
        throw start.kind === 'offset' && isAbsent(error) ? new FolderError('short', path) : error;
      });
      return await DiskWriter.open(handle, start);
    });
  }

  async makeDirectory(path: ServedPath): Promise<void> {
    await this.#atName(path, (place) => fs.mkdir(pathBytes(place.path)));
  }

  async removeDirectory(path: ServedPath): Promise<void> {
    await this.#atName(path, (place) => fs.rmdir(pathBytes(place.path)));
  }

  async removeFile(path: ServedPath): Promise<void> {
    await this.#atName(path, async (place) => {
      if ((await statOf(place.path)).isDirectory()) throw new FolderError('notAFile', path);
      await fs.unlink(pathBytes(place.path));
    });
  }

  async rename(from: ServedPath, to: ServedPath): Promise<void> {
    await this.#atName(from, (source) =>
      this.#atName(to, (target) => fs.rename(pathBytes(source.path), pathBytes(target.path))),
    );
  }

  async setModified(path: ServedPath, modified: Date): Promise<void> {
    await this.#change(path, (object) => object.utimes(modified));
  }

  async setMode(path: ServedPath, mode: number): Promise<void> {
    await this.#change(path, (object) => object.chmod(mode));
  }

  /** The mode and time of the root are the owner's affair. */
  async #change(
    path: ServedPath,
    act: (object: Awaited<ReturnType<Ground['object']>>) => Promise<void>,
  ): Promise<void> {
    await translated(path, async () => {
      await using place = named(path, await this.#followed(namesOf(path)));
      await using object = await this.#ground.object(place.folder, place.name);
      if (object.stats.isSymbolicLink()) throw new FolderError('outside', path);
      await act(object);
    });
  }

  /** Acts on the name itself; the root has no name to change. */
  async #atName(path: ServedPath, act: (place: Place) => Promise<void>): Promise<void> {
    await translated(path, async () => {
      await using place = named(path, await this.#place(namesOf(path)));
      await act(place);
    });
  }

  /** The name, which is not followed, in the folder that really holds it. */
  async #place(names: readonly string[]): Promise<Place> {
    const name = names.at(-1) ?? '';
    const folder = await this.#ground.hold(names.slice(0, -1));
    const place = { folder, name, path: pathIn(folder, name) };
    return { ...place, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  }

  /** What the names mean, every link followed; the last one may be of nothing. */
  async #followed(names: readonly string[]): Promise<FollowedPlace> {
    let at = names;
    for (let link = 0; link < maxLinks; link++) {
      const place = await this.#place(at);
      const stats = await statOf(place.path).catch(async (error: unknown) => {
        if (isAbsent(error)) return undefined;
        await place[Symbol.asyncDispose]();
        throw error;
      });
      if (!stats?.isSymbolicLink()) return { ...place, stats };
      await place[Symbol.asyncDispose]();
      at = await this.#realNames(at);
    }
    throw new FolderError('outside', names.join('/'));
  }

  // No more than a hint: by the time it is used it may not hold, so it is taken like any other path.
  async #realNames(names: readonly string[]): Promise<readonly string[]> {
    return namesBelow(this.#root, await realPath([this.#root, ...names].join(sep)));
  }
}

/** The names from the root; what can be no name on this system is absent. */
function namesOf(path: ServedPath): readonly string[] {
  const names = path.split('/').filter((name) => name !== '');
  if (names.every((name) => isDiskName(fromWireText(name), process.platform))) return names;
  throw new FolderError('absent', path);
}

function named<P extends Place>(path: ServedPath, place: P): P {
  if (place.name !== '') return place;
  void place[Symbol.asyncDispose]();
  throw new FolderError('denied', path);
}

// RFC 3659, 5: an offset lies in a file that is there.
function creation(start: WriteStart): number {
  if (start.kind === 'offset') return 0;
  return constants.O_CREAT | (start.kind === 'create' ? constants.O_EXCL : 0);
}

async function openFile(
  path: ServedPath,
  place: FollowedPlace,
  flags: number,
): Promise<{ handle: fs.FileHandle; stats: BigIntStats }> {
  // Opening alone does something to a pipe or a device.
  if (place.stats?.isFile() === false) throw new FolderError('notAFile', path);
  const handle = await fs.open(pathBytes(place.path), flags | careful, 0o666);
  try {
    const stats = await handle.stat({ bigint: true });
    await place.folder.confirm(place.name, stats);
    if (!stats.isFile()) throw new FolderError('notAFile', path);
    return { handle, stats };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

// Windows keeps these names, in any letters and with any ending, for devices.
const device = /^(con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³])(?:[ .:].*)?$/i;

const isForbidden = (letter: string): boolean => letter < ' ' || '\\:*?"<>|'.includes(letter);

/**
 * True for what can be a name on the system's disk. Windows takes a backslash or a drive's colon for
 * another place, "x:ads" for another stream of a file, "con.txt" for a device, and "x." for "x".
 */
export function isDiskName(name: string, platform: NodeJS.Platform): boolean {
  if (platform !== 'win32') return true;
  return !name.split('').some(isForbidden) && !/[ .]$/.test(name) && !device.test(name);
}
