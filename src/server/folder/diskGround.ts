import { type BigIntStats, closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { sep } from 'node:path';
import type { Disk } from './disk.ts';
import { pathBytes, statOf } from './diskEntry.ts';
import { FolderError } from './servedFolder.ts';

/** A folder below the root, held while something is done in it. The caller disposes it. */
export interface HeldFolder extends AsyncDisposable {
  /** Leads into the folder; append a name. Valid as long as the folder is held. */
  readonly path: string;
  /** Fails with `outside` if what was opened as `name` may not be in the folder. */
  confirm(name: string, reached: BigIntStats): Promise<void>;
  /** Fails if the path may lead elsewhere by now. */
  expectSame(): Promise<void>;
}

/** An object of the disk, held while its mode or time is changed. */
export interface HeldObject extends AsyncDisposable {
  readonly stats: BigIntStats;
  chmod(mode: number): Promise<void>;
  utimes(modified: Date): Promise<void>;
}

/** How a system lets the server act below a root and nowhere else, even while names change. */
export interface Ground {
  /** The folder that the names lead to from the root, links followed. Fails with `outside`. */
  hold(names: readonly string[]): Promise<HeldFolder>;
  /** The object of that name in a folder; links are not followed. */
  object(folder: HeldFolder, name: string): Promise<HeldObject>;
}

// A flag of Linux that Node does not name. Such a descriptor only marks a place: it needs no permission
// to read, and opening a pipe or a device with it has no effect.
const O_PATH = 0o10000000;
const objectFlags = O_PATH | (constants.O_NOFOLLOW ?? 0);
const folderFlags = O_PATH | (constants.O_DIRECTORY ?? 0);

// If the last name has become a link meanwhile, it is not followed. A FIFO without a peer does not block
// the server. Windows has neither flag.
export const careful: number = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

// Opening may wait for a disk. Later calls on such a descriptor do not, nor does closing it. Only once: the system soon gives the number to another file.
function closerOf(fd: number): () => Promise<void> {
  let closed = false;
  return async () => {
    if (closed) return;
    closed = true;
    closeSync(fd);
  };
}

const descriptorPath = (fd: number): string => `/proc/self/fd/${fd}`;

/** The path of a name in a folder; the path of the folder itself if the name is empty. */
export function pathIn(folder: HeldFolder, name: string): string {
  return `${folder.path}${sep}${name === '' ? '.' : name}`;
}

/** The safest ground that the system offers below `root`, which is a real path. */
export function groundAt(root: string, disk: Disk): Ground {
  return hasDescriptorPaths(root) ? new DescriptorGround(root, disk) : new PathGround(root);
}

/** True on Linux with /proc mounted: it tells where an open folder is, and leads into it. */
function hasDescriptorPaths(root: string): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const fd = openSync(pathBytes(root), folderFlags);
    try {
      return readlinkSync(descriptorPath(fd), { encoding: 'latin1' }) === root;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}

/** The names that lead from the root to a real path. Fails with `outside` where there are none. */
export function namesBelow(root: string, real: string): readonly string[] {
  if (real === root) return [];
  const below = root.endsWith(sep) ? root : root + sep;
  if (!real.startsWith(below)) throw new FolderError('outside', real);
  return real.slice(below.length).split(sep);
}

/**
 * A folder is opened first. Then the system tells where the opened folder is, and everything else goes
 * through it. So a name that is swapped before or after leads nowhere else.
 */
class DescriptorGround implements Ground {
  readonly #root: string;
  readonly #disk: Disk;

  constructor(root: string, disk: Disk) {
    this.#root = root;
    this.#disk = disk;
  }

  async hold(names: readonly string[]): Promise<HeldFolder> {
    const fd = await this.#disk.open(pathBytes(`${this.#root}/${names.join('/')}`), folderFlags);
    const path = descriptorPath(fd);
    try {
      namesBelow(this.#root, readlinkSync(path, { encoding: 'latin1' }));
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    return {
      path,
      confirm: async () => {},
      expectSame: async () => {},
      [Symbol.asyncDispose]: closerOf(fd),
    };
  }

  async object(folder: HeldFolder, name: string): Promise<HeldObject> {
    const fd = await this.#disk.open(pathBytes(pathIn(folder, name)), objectFlags);
    const path = descriptorPath(fd);
    const stats = fstatSync(fd, { bigint: true });
    return {
      stats,
      chmod: (mode) => fs.chmod(path, mode),
      utimes: (modified) => fs.utimes(path, stats.atime, modified),
      [Symbol.asyncDispose]: closerOf(fd),
    };
  }
}

/**
 * On other systems a path is resolved before it is used and checked again afterwards. If a folder is
 * swapped for a link in between, a name can be made, removed or renamed elsewhere. Files that are read,
 * written or changed are safe, because they are opened first and then compared.
 */
export class PathGround implements Ground {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async hold(names: readonly string[]): Promise<HeldFolder> {
    const path = await realPath([this.#root, ...names].join(sep));
    namesBelow(this.#root, path);
    if (!(await statOf(`${path}${sep}.`)).isDirectory()) throw systemError('ENOTDIR', path);
    return {
      path,
      confirm: async (name, reached) => {
        const [there] = await Promise.all([statOf(path + sep + name), expectReal(path)]);
        if (there.ino !== reached.ino || there.dev !== reached.dev) {
          throw new FolderError('outside', name);
        }
      },
      expectSame: () => expectReal(path),
      [Symbol.asyncDispose]: async () => {},
    };
  }

  async object(folder: HeldFolder, name: string): Promise<HeldObject> {
    const path = pathBytes(pathIn(folder, name));
    if (process.platform === 'win32') return pathObject(path, await statOf(pathIn(folder, name)));
    const handle = await fs.open(path, constants.O_RDONLY | careful);
    try {
      const stats = await handle.stat({ bigint: true });
      await folder.confirm(name, stats);
      return {
        stats,
        chmod: (mode) => handle.chmod(mode),
        utimes: (modified) => handle.utimes(stats.atime, modified),
        [Symbol.asyncDispose]: () => handle.close(),
      };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }
}

/** What a path is when every link on it is followed. */
export function realPath(path: string): Promise<string> {
  return fs.realpath(pathBytes(path), { encoding: 'latin1' });
}

async function expectReal(path: string): Promise<void> {
  if ((await realPath(path)) !== path) throw new FolderError('outside', path);
}

// Windows needs more than a handle for reading to change a file's time.
function pathObject(path: Buffer, stats: BigIntStats): HeldObject {
  return {
    stats,
    chmod: (mode) => fs.chmod(path, mode),
    utimes: (modified) => fs.lutimes(path, stats.atime, modified),
    [Symbol.asyncDispose]: async () => {},
  };
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
