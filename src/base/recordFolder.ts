import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Records } from './records.ts';

const ending = '.json';

/** The ending of files that are still being written. Those that a crash has left go when the folder is trimmed. */
const unfinished = '.new';

// More than any record has: what is larger was not written here.
const maxRecordBytes = 1024 * 1024;

/**
 * Records in a folder of this machine, one file each, which only the user may read. All processes write into
 * it. A file is replaced as a whole, and the last write of a key counts.
 */
export class RecordFolder implements Records {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async get(key: string): Promise<unknown> {
    return this.#read(nameOf(key));
  }

  async set(key: string, value: unknown): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const path = join(this.#folder, nameOf(key));
    const beside = `${path}.${randomBytes(4).toString('hex')}${unfinished}`;
    try {
      await writeFile(beside, JSON.stringify(value), { mode: 0o600, flag: 'wx' });
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    await rm(join(this.#folder, nameOf(key)), { force: true });
  }

  async all(): Promise<readonly unknown[]> {
    const values: unknown[] = [];
    // One after the other: there may be more files than this process may open at a time.
    for (const name of await this.#names()) values.push(await this.#read(name));
    return values.filter((value) => value !== undefined);
  }

  async trim(most: number, kept: readonly string[]): Promise<void> {
    const names = await this.#names();
    if (names.length <= most) return;
    const staying = new Set(kept.map(nameOf));
    const aged = [];
    for (const name of names.filter((each) => !staying.has(each))) {
      const facts = await stat(join(this.#folder, name)).catch(() => undefined);
      if (facts) aged.push({ name, at: facts.mtimeMs });
    }
    const oldest = aged.toSorted((a, b) => a.at - b.at).slice(0, names.length - most);
    for (const { name } of oldest) await rm(join(this.#folder, name), { force: true });
    for (const name of await this.#names(unfinished)) {
      await rm(join(this.#folder, name), { force: true });
    }
  }

  async #names(end = ending): Promise<readonly string[]> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    return names.filter((name) => name.endsWith(end));
  }

  // Another process may have just deleted the file. A record that cannot be read costs one question.
  async #read(name: string): Promise<unknown> {
    const path = join(this.#folder, name);
    try {
      const facts = await lstat(path);
      // Reading from a pipe would never end, and a link leads to what is not ours.
      if (!facts.isFile() || facts.size > maxRecordBytes) return undefined;
      return JSON.parse(await readFile(path, 'utf8')) as unknown;
    } catch {
      return undefined;
    }
  }
}

// Keys are addresses and paths: they hold slashes, and may be longer than a file name can be.
function nameOf(key: string): string {
  return createHash('sha256').update(key).digest('hex') + ending;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
