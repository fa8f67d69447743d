import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RunningServer } from './realServer.ts';

export interface PutOptions {
  readonly mode?: number;
  readonly modified?: Date;
}

/** What the server holds, past the server, by the paths that the server knows. */
export class Disk {
  readonly #server: RunningServer;

  constructor(server: RunningServer) {
    this.#server = server;
  }

  /** Writes a file of the user's, with the folders on its way. Paths begin with a slash. */
  async put(path: string, content: Uint8Array | string, options: PutOptions = {}): Promise<void> {
    await this.makeFolder(dirname(path));
    const place = this.#place(path);
    await writeFile(place, content);
    await this.#give(place);
    await chmod(place, options.mode ?? 0o644);
    if (options.modified) await utimes(place, options.modified, options.modified);
  }

  async makeFolder(path: string, mode = 0o755): Promise<void> {
    if (path === this.#server.home) return;
    await this.makeFolder(dirname(path));
    const place = this.#place(path);
    await mkdir(place, { recursive: true });
    await this.#give(place);
    await chmod(place, mode);
  }

  async link(path: string, target: string): Promise<void> {
    await symlink(target, this.#place(path));
  }

  async isLink(path: string): Promise<boolean> {
    return (await lstat(this.#place(path))).isSymbolicLink();
  }

  /** Takes a file or folder away from the user: it belongs to the system, with that mode. */
  async keepFromUser(path: string, mode: number): Promise<void> {
    const place = this.#place(path);
    await chown(place, 0, 0);
    await chmod(place, mode);
  }

  async read(path: string): Promise<Uint8Array> {
    return await readFile(this.#place(path));
  }

  /** The names in a folder, hidden ones too, in order. */
  async names(path: string): Promise<readonly string[]> {
    return (await readdir(this.#place(path))).toSorted();
  }

  /** Permission bits in octal digits, as `755`. */
  async mode(path: string): Promise<string> {
    return ((await stat(this.#place(path))).mode & 0o7777).toString(8);
  }

  async modified(path: string): Promise<Date> {
    return (await stat(this.#place(path))).mtime;
  }

  #place(path: string): string {
    return join(this.#server.root, path);
  }

  async #give(place: string): Promise<void> {
    const { uid, gid } = this.#server.owner;
    await chown(place, uid, gid);
  }
}
