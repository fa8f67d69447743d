import { type BigIntStats, constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { Disk, type DiskFile } from './disk.ts';
import { diskEntryOf, mayWrite, pathBytes, toEntry, translated } from './diskEntry.ts';
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

// The real path has no links, unless one has just appeared. The system itself follows forty.
const maxLinks = 40;

/**
 * Serves a folder of this machine. Links that lead out of it are listed, but refused. All work is done
 * through folders that are held (`Ground`), so that a name that is swapped meanwhile leads nowhere else.
 */
export async function diskFolder(
  root: string,
  ground: (root: string, disk: Disk) => Ground = groundAt,
  disk: Disk = new Disk(),
): Promise<ServedFolder> {
  const real = await fs.realpath(resolve(root));
  if (!(await fs.stat(real)).isDirectory()) throw new FolderError('notAFolder', root);
  const onWire = toWireText(real);
  return new DiskFolder(onWire, ground(onWire, disk), disk);
}

/** A name in a held folder. The name is empty for the root itself. */
interface NamedPlace extends AsyncDisposable {
  readonly folder: HeldFolder;
  readonly name: string;
  readonly path: string;
}

/** The same, after links were followed. Without `stats` nothing exists there. */
interface FollowedPlace extends NamedPlace {
  readonly stats: BigIntStats | undefined;
}

class DiskFolder implements ServedFolder {
  readonly #root: string;
  readonly #ground: Ground;
  readonly #disk: Disk;

  constructor(root: string, ground: Ground, disk: Disk) {
    this.#root = root;
    this.#ground = ground;
    this.#disk = disk;
  }

  openList(path: ServedPath): Promise<DiskListing> {
    return translated(path, async () => {
      const folder = await this.#ground.hold(namesOf(path));
      return await DiskListing.open(path, folder, this.#disk);
    });
  }

  entry(path: ServedPath): Promise<ServedEntry> {
    return translated(path, async () => {
      await using place = await this.#place(namesOf(path));
      const { folder, name } = place;
      const around = await this.#disk.stat(pathBytes(folder.path));
      return await diskEntryOf(this.#disk, place.path, name, name !== '' && mayWrite(around));
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
      const { file, stats } = await this.#open(path, place, constants.O_RDONLY);
      return new DiskReader(file, toEntry(splitServedPath(path).name, stats, false));
    });
  }

  openWrite(path: ServedPath, start: WriteStart): Promise<DiskWriter> {
    return translated(path, async () => {
      // A write through a link goes to its target inside the folder. A dangling link is refused: its
      // target could be created anywhere.
      await using place = named(path, await this.#followed(namesOf(path)));
      const flags = constants.O_WRONLY | creation(start);
      const { file } = await this.#open(path, place, flags).catch((error: unknown) => {
        throw start.kind === 'offset' && isAbsent(error) ? new FolderError('short', path) : error;
      });
      const { name } = splitServedPath(path);
      return await DiskWriter.open({ name, isNew: place.stats === undefined }, file, start);
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
      if ((await this.#disk.find(pathBytes(place.path)))?.isDirectory())
        throw new FolderError('notAFile', path);
      await fs.unlink(pathBytes(place.path));
    });
  }

  async rename(from: ServedPath, to: ServedPath): Promise<void> {
    await this.#atName(from, (source) =>
      this.#atName(to, (target) =>
        this.#disk.rename(pathBytes(source.path), pathBytes(target.path)),
      ),
    );
  }

  async setModified(path: ServedPath, modified: Date): Promise<void> {
    await this.#change(path, (object) => object.utimes(modified));
  }

  async setMode(path: ServedPath, mode: number): Promise<void> {
    await this.#change(path, (object) => object.chmod(mode));
  }

  /** Refuses the root: only the owner of the server changes its mode and time. */
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

  /** Acts on the name itself. The root has no name to change. */
  async #atName(path: ServedPath, act: (place: NamedPlace) => Promise<void>): Promise<void> {
    await translated(path, async () => {
      await using place = named(path, await this.#place(namesOf(path)));
      await act(place);
    });
  }

  /** The name in the folder that really holds it. The name itself is not followed. */
  async #place(names: readonly string[]): Promise<NamedPlace> {
    const name = names.at(-1) ?? '';
    const folder = await this.#ground.hold(names.slice(0, -1));
    const place = { folder, name, path: pathIn(folder, name) };
    return { ...place, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  }

  /** What the names mean when every link is followed. The last one may lead to nothing. */
  async #followed(names: readonly string[]): Promise<FollowedPlace> {
    let at = names;
    for (let link = 0; link < maxLinks; link++) {
      const place = await this.#place(at);
      const stats = await this.#disk.find(pathBytes(place.path)).catch(async (error: unknown) => {
        await place[Symbol.asyncDispose]();
        throw error;
      });
      if (!stats?.isSymbolicLink()) return { ...place, stats };
      await place[Symbol.asyncDispose]();
      at = await this.#realNames(at);
    }
    throw new FolderError('outside', names.join('/'));
  }

  async #open(
    path: ServedPath,
    place: FollowedPlace,
    flags: number,
  ): Promise<{ file: DiskFile; stats: BigIntStats }> {
    // To open a pipe or a device already has an effect.
    if (place.stats?.isFile() === false) throw new FolderError('notAFile', path);
    const file = await this.#disk.openFile(pathBytes(place.path), flags | careful, 0o666);
    try {
      const stats = await file.stats();
      await place.folder.confirm(place.name, stats);
      if (!stats.isFile()) throw new FolderError('notAFile', path);
      return { file, stats };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  // Only a hint: it may be outdated when it is used, so it is checked like any other path.
  async #realNames(names: readonly string[]): Promise<readonly string[]> {
    return namesBelow(this.#root, await realPath([this.#root, ...names].join(sep)));
  }
}

/** The names from the root. A name that this system does not allow counts as absent. */
function namesOf(path: ServedPath): readonly string[] {
  const names = path.split('/').filter((name) => name !== '');
  if (names.every((name) => isDiskName(fromWireText(name), process.platform))) return names;
  throw new FolderError('absent', path);
}

function named<P extends NamedPlace>(path: ServedPath, place: P): P {
  if (place.name !== '') return place;
  void place[Symbol.asyncDispose]();
  throw new FolderError('denied', path);
}

// RFC 3659, 5: an offset needs a file that exists.
function creation(start: WriteStart): number {
  if (start.kind === 'offset') return 0;
  return constants.O_CREAT | (start.kind === 'create' ? constants.O_EXCL : 0);
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

// Windows reserves these names for devices, in capitals or not, with any ending.
const device = /^(con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³])(?:[ .:].*)?$/i;

const isForbidden = (letter: string): boolean => letter < ' ' || '\\:*?"<>|'.includes(letter);

/**
 * True for a name that the system's disk can have. Windows takes a backslash or a drive's colon for
 * another place, "x:ads" for another stream of a file, "con.txt" for a device, and "x." for "x".
 */
export function isDiskName(name: string, platform: NodeJS.Platform): boolean {
  if (platform !== 'win32') return true;
  return !name.split('').some(isForbidden) && !/[ .]$/.test(name) && !device.test(name);
}
