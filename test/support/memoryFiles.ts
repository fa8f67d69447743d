import { posix } from 'node:path';
import type { ByteSource } from '../../src/base/bytes.ts';
import {
  type LocalEntry,
  type LocalFacts,
  LocalFileError,
  type LocalFiles,
  type LocalWriteOptions,
} from '../../src/sync/localFiles.ts';

interface MemoryNode {
  readonly kind: LocalEntry['kind'];
  readonly content: Uint8Array;
  readonly modified: Date;
}

const pieceLength = 4;

/** Local files in memory. A test may let any operation on them fail. */
export class MemoryFiles implements LocalFiles {
  readonly platform: NodeJS.Platform;
  readonly nodes: Map<string, MemoryNode> = new Map([['/', folder]]);
  /** Called before each operation with its name, as "list /a"; throws to let it fail. */
  before: (operation: string) => void = () => {};

  constructor(platform: NodeJS.Platform = 'linux') {
    this.platform = platform;
  }

  /** Puts a file there, with the folders above it. */
  file(path: string, content: string): this {
    return this.put(path, { kind: 'file', content: Buffer.from(content), modified: new Date(0) });
  }

  put(path: string, node: Pick<MemoryNode, 'kind'> & Partial<MemoryNode>): this {
    for (let above = posix.dirname(path); above !== '/'; above = posix.dirname(above)) {
      this.nodes.set(above, folder);
    }
    this.nodes.set(path, { ...folder, ...node });
    return this;
  }

  /** The files by path and content. */
  get texts(): Record<string, string> {
    const files = [...this.nodes].filter(([, { kind }]) => kind === 'file');
    return Object.fromEntries(
      files.map(([path, { content }]) => [path, Buffer.from(content).toString()]),
    );
  }

  join(folder: string, name: string): string {
    return posix.join(folder, name);
  }

  parentOf(path: string): string {
    return posix.dirname(path);
  }

  nameOf(path: string): string {
    return posix.basename(path);
  }

  async kindOf(path: string): Promise<'file' | 'folder' | 'other' | undefined> {
    this.before(`look ${path}`);
    const kind = this.nodes.get(path)?.kind;
    return kind === 'link' ? 'other' : kind;
  }

  async stat(path: string): Promise<LocalFacts | undefined> {
    const node = this.nodes.get(path);
    return node && { size: node.content.length, modified: node.modified };
  }

  async list(path: string): Promise<readonly LocalEntry[]> {
    this.before(`list ${path}`);
    return [...this.nodes]
      .filter(([each]) => each !== '/' && posix.dirname(each) === path)
      .map(([each, { kind }]) => ({ name: posix.basename(each), kind }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async makeFolders(path: string): Promise<void> {
    if (path !== '/') await this.makeFolders(posix.dirname(path));
    await this.makeFolder(path);
  }

  async makeFolder(path: string): Promise<void> {
    this.before(`make ${path}`);
    const kind = this.nodes.get(path)?.kind ?? 'folder';
    if (kind !== 'folder') throw new LocalFileError(`${path} exists already and is not a folder.`);
    this.nodes.set(path, folder);
  }

  read(path: string): () => ByteSource {
    return async function* (this: MemoryFiles) {
      this.before(`read ${path}`);
      const { content } = this.nodes.get(path) ?? folder;
      for (let at = 0; at < content.length; at += pieceLength) {
        yield content.subarray(at, at + pieceLength);
      }
    }.bind(this);
  }

  async write(
    path: string,
    pieces: ByteSource,
    { modified = new Date(0), signal }: LocalWriteOptions,
  ): Promise<void> {
    this.before(`write ${path}`);
    const taken: Uint8Array[] = [];
    for await (const piece of pieces) taken.push(piece);
    signal.throwIfAborted();
    this.nodes.set(path, { kind: 'file', content: Buffer.concat(taken), modified });
  }
}

const folder: MemoryNode = { kind: 'folder', content: new Uint8Array(0), modified: new Date(0) };
