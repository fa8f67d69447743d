// What `base` only describes, by means of VS Code and this machine: the log, the small store, and a
// folder of records.
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as vscode from 'vscode';
import type { Logger } from '../base/logger.ts';
import type { Records } from '../base/records.ts';
import type { Storage } from '../base/storage.ts';
import { visibleText } from '../base/visibleText.ts';

/** VS Code's own small store as ours. A write that fails loses a memory, and no more. */
export function mementoStorage(memento: vscode.Memento): Storage {
  return {
    get: (key) => memento.get(key),
    set: (key, value) => void memento.update(key, value).then(undefined, () => {}),
  };
}

/** Where lines go: VS Code's log channel, which keeps time and level itself. */
export type LogLines = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Writes to a log channel. What comes from a server may hold anything, so it is made visible. */
export function outputLogger(channel: LogLines, name = ''): Logger {
  const line = (message: string): string => visibleText(name ? `[${name}] ${message}` : message);
  return {
    debug: (message) => channel.debug(line(message)),
    info: (message) => channel.info(line(message)),
    warn: (message) => channel.warn(line(message)),
    error: (message) => channel.error(line(message)),
    scope: (inner) => outputLogger(channel, name ? `${name} ${inner}` : inner),
  };
}

const ending = '.json';

/** What is written beside its place first; one that a crash has left goes when the folder is trimmed. */
const unfinished = '.new';

/**
 * Records in a folder of this machine, a file each, which nobody but the user may read. All windows
 * write into it: a file is replaced whole, and the last who writes a key has it.
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
    // One after the other: there may be more than this process may open at a time.
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

  // Another window may have taken the file away just now. One that cannot be read costs a question.
  async #read(name: string): Promise<unknown> {
    try {
      return JSON.parse(await readFile(join(this.#folder, name), 'utf8')) as unknown;
    } catch {
      return undefined;
    }
  }
}

// Keys are addresses and paths, longer than names may be and with slashes.
function nameOf(key: string): string {
  return createHash('sha256').update(key).digest('hex') + ending;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
