import { type BigIntStats, constants, lstatSync, openSync, closeSync, fstatSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { sep } from 'node:path';
import { pathBytes, statOf } from './diskEntry.ts';
import { FolderError } from './servedFolder.ts';

/** A folder below the root, held while something is done in it. Whoever holds it disposes it. */
export interface HeldFolder extends AsyncDisposable {
  /** Leads into the folder; append a name. Good as long as it is held. */
  readonly path: string;
  /** Fails with `outside` when what was reached by `name` may not be what stands in the folder. */
  confirm(name: string, reached: BigIntStats): Promise<void>;
  /** Fails when the path may lead elsewhere by now. */
  expectSame(): Promise<void>;
}

/** An object of the disk, held while its mode or time is changed. */
export interface HeldObject extends AsyncDisposable {
  readonly stats: BigIntStats;
  chmod(mode: number): Promise<void>;
  utimes(modified: Date): Promise<void>;
}

/** How a system lets us act below a root and nowhere else, while names change under our hands. */
export interface Ground {
  /** Follows no link: fails with ENOTDIR or ELOOP at one. `names` came from the root. */
  hold(names: readonly string[]): Promise<HeldFolder>;
  /** What stands in a folder by that name; no link. */
  object(folder: HeldFolder, name: string): Promise<HeldObject>;
}

// Of Linux; Node does not name it. Such a descriptor is a place and nothing more: it can be had of
// what may not be read, and opening a pipe or a device that way does nothing to it.
const O_PATH = 0o10000000;
const placeFlags = O_PATH | (constants.O_NOFOLLOW ?? 0);
const folderFlags = placeFlags | (constants.O_DIRECTORY ?? 0);

// A last component that became a link after it was looked at is not followed, and a FIFO without a
// peer does not hold the server up. Windows knows neither flag.
export const careful: number = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

const descriptorPath = (fd: number): string => `/proc/self/fd/${fd}`;

/** The path of a name in a folder; of the folder itself where the name is empty. */
export function pathIn(folder: HeldFolder, name: string): string {
  return `${folder.path}${sep}${name === '' ? '.' : name}`;
}

/** The best ground that the system has below `root`, a real path. */
export function groundAt(root: string): Ground {
  return hasDescriptorPaths(root) ? new DescriptorGround(root) : new PathGround(root);
}

/** True on Linux where /proc is mounted: a name is reached by way of a folder that is open. */
function hasDescriptorPaths(root: string): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const fd = openSync(pathBytes(root), folderFlags);
    try {
      const [here, there] = [fstatSync(fd), lstatSync(`${descriptorPath(fd)}/.`)];
      return here.ino === there.ino && here.dev === there.dev;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}

/** Each folder on the way is opened by way of the one before: no swapped name leads elsewhere. */
class DescriptorGround implements Ground {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async hold(names: readonly string[]): Promise<HeldFolder> {
    let handle = await fs.open(pathBytes(this.#root), folderFlags);
    for (const name of names) {
      const parent = handle;
      try {
        handle = await fs.open(pathBytes(`${descriptorPath(parent.fd)}/${name}`), folderFlags);
      } finally {
        letGo(parent);
      }
    }
    return {
      path: descriptorPath(handle.fd),
      confirm: async () => {},
      expectSame: async () => {},
      [Symbol.asyncDispose]: async () => letGo(handle),
    };
  }

  async object(folder: HeldFolder, name: string): Promise<HeldObject> {
    const handle = await fs.open(pathBytes(pathIn(folder, name)), placeFlags);
    const path = descriptorPath(handle.fd);
    const stats = await handle.stat({ bigint: true });
    return {
      stats,
      chmod: (mode) => fs.chmod(path, mode),
      utimes: (modified) => fs.utimes(path, stats.atime, modified),
      [Symbol.asyncDispose]: async () => letGo(handle),
    };
  }
}

// Not awaited: nothing depends on it, and each wait is a trip to the thread pool.
function letGo(handle: fs.FileHandle): void {
  handle.close().catch(() => {});
}

/**
 * Elsewhere a path is resolved before it is used and looked at again afterwards. What is made,
 * removed or renamed can be led astray by whoever swaps a folder for a link in between; what is
 * read, written or changed cannot, for it is opened first and then compared.
 */
export class PathGround implements Ground {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async hold(names: readonly string[]): Promise<HeldFolder> {
    const path = [this.#root.replace(/[\\/]$/, ''), ...names].join(sep);
    await this.#expectReal(path);
    if (!(await statOf(`${path}${sep}.`)).isDirectory()) throw systemError('ENOTDIR', path);
    return {
      path,
      confirm: async (name, reached) => {
        const [there] = await Promise.all([statOf(path + sep + name), this.#expectReal(path)]);
        if (there.ino !== reached.ino || there.dev !== reached.dev) {
          throw new FolderError('outside', name);
        }
      },
      expectSame: () => this.#expectReal(path),
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

  async #expectReal(path: string): Promise<void> {
    const real = await fs.realpath(pathBytes(path || sep), { encoding: 'latin1' });
    if (real !== (path || sep)) throw systemError('ENOTDIR', path);
  }
}

// Windows wants more than a handle for reading to change a file's time.
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
