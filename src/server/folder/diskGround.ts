import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  open,
  openSync,
  readlinkSync,
} from 'node:fs';
import * as fs from 'node:fs/promises';
import { sep } from 'node:path';
import { promisify } from 'node:util';
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
  /** The folder that the names lead to from the root, links followed; fails with `outside`. */
  hold(names: readonly string[]): Promise<HeldFolder>;
  /** What stands in a folder by that name; no link. */
  object(folder: HeldFolder, name: string): Promise<HeldObject>;
}

// Of Linux; Node does not name it. Such a descriptor is a place and nothing more: it can be had of
// what may not be read, and opening a pipe or a device that way does nothing to it.
const O_PATH = 0o10000000;
const objectFlags = O_PATH | (constants.O_NOFOLLOW ?? 0);
const folderFlags = O_PATH | (constants.O_DIRECTORY ?? 0);

// A last component that became a link after it was looked at is not followed, and a FIFO without a
// peer does not hold the server up. Windows knows neither flag.
export const careful: number = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

// Opening may wait for a disk. What is asked of such a descriptor afterwards, and closing it, does not:
// a trip to the thread pool would cost more.
const openAs = promisify(open);

// Once: the number is soon another file's.
function closerOf(fd: number): () => Promise<void> {
  let closed = false;
  return async () => {
    if (closed) return;
    closed = true;
    closeSync(fd);
  };
}

const descriptorPath = (fd: number): string => `/proc/self/fd/${fd}`;

/** The path of a name in a folder; of the folder itself where the name is empty. */
export function pathIn(folder: HeldFolder, name: string): string {
  return `${folder.path}${sep}${name === '' ? '.' : name}`;
}

/** The best ground that the system has below `root`, a real path. */
export function groundAt(root: string): Ground {
  return hasDescriptorPaths(root) ? new DescriptorGround(root) : new PathGround(root);
}

/** True on Linux where /proc is mounted: it tells where an open folder is, and leads into it. */
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

/** The names that lead from the root to a real path; fails with `outside` where none do. */
export function namesBelow(root: string, real: string): readonly string[] {
  if (real === root) return [];
  const below = root.endsWith(sep) ? root : root + sep;
  if (!real.startsWith(below)) throw new FolderError('outside', real);
  return real.slice(below.length).split(sep);
}

/**
 * A folder is opened first; then the system says where it is that was opened, and all else is done by
 * way of it. No name that is swapped before or after leads elsewhere.
 */
class DescriptorGround implements Ground {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async hold(names: readonly string[]): Promise<HeldFolder> {
    const fd = await openAs(pathBytes(`${this.#root}/${names.join('/')}`), folderFlags);
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
    const fd = await openAs(pathBytes(pathIn(folder, name)), objectFlags);
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
