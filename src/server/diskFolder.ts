import { type BigIntStats, constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { entryOf, mayWrite, pathBytes, statOf, toEntry, translated } from './diskEntry.ts';
import { DiskReader, DiskWriter } from './diskFile.ts';
import {
  FolderError,
  fromWireText,
  isServedName,
  type ServedEntry,
  type ServedFolder,
  type ServedPath,
  splitServedPath,
  toWireText,
  type WriteStart,
} from './servedFolder.ts';

// A few at a time: each waits for a thread of the pool, and more would only fill its queue.
const statsAtATime = 32;

// A last component that became a link after it was looked at is not followed, and a FIFO without a
// peer does not hold the server up. Windows knows neither flag.
const careful = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Serves a folder of this machine. Links that lead out of it are listed and refused: every path is
 * resolved to what it really is before anything is opened, and looked at again afterwards.
 */
export async function diskFolder(root: string): Promise<ServedFolder> {
  const real = await fs.realpath(resolve(root));
  if (!(await fs.stat(real)).isDirectory()) throw new FolderError('notAFolder', root);
  return new DiskFolder(toWireText(real));
}

class DiskFolder implements ServedFolder {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  list(path: ServedPath): Promise<readonly ServedEntry[]> {
    return translated(path, async () => {
      const folder = await this.#existing(path);
      const removable = mayWrite(await statOf(folder));
      const names = await fs.readdir(pathBytes(folder), { encoding: 'latin1' });
      const entries: ServedEntry[] = [];
      for (let at = 0; at < names.length; at += statsAtATime) {
        const batch = names.slice(at, at + statsAtATime).filter(isServedName);
        const found = await Promise.all(
          // A name that vanished between the two calls is no error of the listing.
          batch.map((name) => entryOf(folder, name, removable).catch(() => undefined)),
        );
        entries.push(...found.filter((entry) => entry !== undefined));
      }
      await this.#expectUnchanged(path, folder);
      return entries;
    });
  }

  entry(path: ServedPath): Promise<ServedEntry> {
    return translated(path, async () => {
      const { folder, name } = await this.#place(path);
      return entryOf(folder, name, name !== '' && mayWrite(await statOf(folder)));
    });
  }

  followed(path: ServedPath): Promise<ServedEntry> {
    return translated(path, async () =>
      toEntry(splitServedPath(path).name, await statOf(await this.#existing(path)), false),
    );
  }

  openRead(path: ServedPath): Promise<DiskReader> {
    return translated(path, async () => {
      const real = await this.#existing(path);
      const { handle, stats } = await this.#open(path, real, constants.O_RDONLY);
      return new DiskReader(handle, toEntry(splitServedPath(path).name, stats, false));
    });
  }

  openWrite(path: ServedPath, start: WriteStart): Promise<DiskWriter> {
    return translated(path, async () => {
      const exclusive = start.kind === 'create' ? constants.O_EXCL : 0;
      const flags = constants.O_WRONLY | constants.O_CREAT | exclusive;
      const { handle } = await this.#open(path, await this.#writable(path), flags);
      return new DiskWriter(handle, start);
    });
  }

  async makeDirectory(path: ServedPath): Promise<void> {
    await translated(path, async () => fs.mkdir(pathBytes(await this.#named(path))));
  }

  async removeDirectory(path: ServedPath): Promise<void> {
    await translated(path, async () => fs.rmdir(pathBytes(await this.#named(path))));
  }

  async removeFile(path: ServedPath): Promise<void> {
    await translated(path, async () => {
      const real = await this.#named(path);
      if ((await statOf(real)).isDirectory()) throw new FolderError('notAFile', path);
      await fs.unlink(pathBytes(real));
    });
  }

  async rename(from: ServedPath, to: ServedPath): Promise<void> {
    await translated(to, async () =>
      fs.rename(pathBytes(await this.#named(from)), pathBytes(await this.#named(to))),
    );
  }

  async setModified(path: ServedPath, modified: Date): Promise<void> {
    await translated(path, async () => {
      const real = await this.#existing(path);
      await fs.lutimes(pathBytes(real), (await statOf(real)).atime, modified);
    });
  }

  async setMode(path: ServedPath, mode: number): Promise<void> {
    await translated(path, async () => fs.chmod(pathBytes(await this.#existing(path)), mode));
  }

  #onDisk(path: ServedPath): string {
    // A backslash or a drive's colon would mean another place, "x:ads" another stream of a file.
    if (sep === '\\' && /[\\:*?"<>|]/.test(fromWireText(path))) {
      throw new FolderError('absent', path);
    }
    return path === '/' ? this.#root : this.#root + path;
  }

  /** What the path really is, every link followed. */
  async #existing(path: ServedPath): Promise<string> {
    const real = await fs.realpath(pathBytes(this.#onDisk(path)), { encoding: 'latin1' });
    const below = this.#root.endsWith(sep) ? this.#root : this.#root + sep;
    if (real !== this.#root && !real.startsWith(below)) throw new FolderError('outside', path);
    return real;
  }

  async #expectUnchanged(path: ServedPath, real: string): Promise<void> {
    if ((await this.#existing(path)) !== real) throw new FolderError('outside', path);
  }

  /** The folder that really holds the name, and the name, which is not followed. */
  async #place(path: ServedPath): Promise<{ folder: string; name: string }> {
    const { folder, name } = splitServedPath(path);
    this.#onDisk(path);
    return { folder: await this.#existing(folder), name };
  }

  /** The same as one path; the root has no name to change. */
  async #named(path: ServedPath): Promise<string> {
    const { folder, name } = await this.#place(path);
    if (name === '') throw new FolderError('denied', path);
    return folder + sep + name;
  }

  async #writable(path: ServedPath): Promise<string> {
    const named = await this.#named(path);
    const isLink = await statOf(named).then(
      (stats) => stats.isSymbolicLink(),
      () => false,
    );
    // A link is written through, to where it leads inside the folder. A dangling one is refused: to
    // create its target could create a name anywhere.
    return isLink ? this.#existing(path) : named;
  }

  /** A folder on the way may have become a link just before: then what was opened is not ours. */
  async #open(
    path: ServedPath,
    real: string,
    flags: number,
  ): Promise<{ handle: fs.FileHandle; stats: BigIntStats }> {
    const handle = await fs.open(pathBytes(real), flags | careful, 0o666);
    try {
      const [stats, there] = await Promise.all([
        handle.stat({ bigint: true }),
        statOf(real),
        this.#expectUnchanged(path, real),
      ]);
      const same = stats.ino === there.ino && stats.dev === there.dev;
      if (!same) throw new FolderError('outside', path);
      if (!stats.isFile()) throw new FolderError('notAFile', path);
      return { handle, stats };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }
}
