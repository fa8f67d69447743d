// What lies on each server and beside each client, so that all do the same with it.
import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A server as its clients reach it, always under TLS. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** SHA-256 of its certificate, in hex. */
  readonly fingerprint: string;
  /** The folder on this machine's disk that it calls `/`. */
  readonly folder: string;
  /** Of the server's process; left out where it is another one for each session. */
  readonly pid?: number | undefined;
  /** To whom the files in it belong, where it serves as another user than ours. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** How much there is. */
export interface SiteSizes {
  /** Files of 4 KiB in `/files`. */
  readonly files: number;
  /** Empty folders in `/folders`. */
  readonly folders: number;
  /** Bytes of `/large.bin`. */
  readonly large: number;
}

/** The size of each of the small files. */
export const smallFile: number = 4096;

/** The names of so many files or folders. */
export function numbered(letter: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => letter + String(index).padStart(5, '0'));
}

/** Writes `files`, `folders` and `large.bin`, with `all.bin`, as large as the files together. */
export async function layOut(
  folder: string,
  { files, folders, large }: SiteSizes,
  owner?: Target['owner'],
): Promise<void> {
  const [filesFolder, foldersFolder] = [join(folder, 'files'), join(folder, 'folders')];
  for (const made of [filesFolder, foldersFolder]) await mkdir(made, { recursive: true });
  for (const name of numbered('f', files)) {
    await writeFile(join(filesFolder, name), randomBytes(smallFile));
  }
  for (const name of numbered('d', folders)) await mkdir(join(foldersFolder, name));
  await fill(join(folder, 'large.bin'), large);
  await fill(join(folder, 'all.bin'), files * smallFile);
  await fill(join(folder, 'empty.bin'), 0);
  await emptyFolder(join(folder, 'new'));
  if (owner) await give(folder, owner);
}

/** Makes the folder for what is sent to the server, or takes away what was sent. */
export async function emptyFolder(folder: string, owner?: Target['owner']): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  if (owner) await chown(folder, owner.uid, owner.gid);
}

/** Throws where a folder does not hold so many files with so many bytes together. */
export async function expectFiles(
  folder: string,
  { count, bytes }: { readonly count: number; readonly bytes: number },
): Promise<void> {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  const sum = sizes.reduce((total, size) => total + size, 0);
  if (names.length !== count || sum !== bytes) {
    throw new Error(`left ${names.length} files of ${sum} bytes instead of ${count} of ${bytes}`);
  }
}

const block = 1024 * 1024;

// The same random block again and again: nothing on the way compresses.
async function fill(path: string, size: number): Promise<void> {
  const bytes = randomBytes(block);
  await using file = await open(path, 'w');
  for (let left = size; left > 0; left -= block) {
    await file.write(bytes, 0, Math.min(left, block));
  }
}

async function give(folder: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) {
    await chown(join(folder, name), uid, gid);
  }
}
