import { type Clock, systemClock } from '../base/clock.ts';
import {
  FolderError,
  type FileReader,
  type FileWriter,
  resolveServedPath,
  type ServedEntry,
  type ServedFolder,
  type ServedPath,
  servedRoot,
  splitServedPath,
  toWireText,
  type WriteStart,
} from './servedFolder.ts';

const pieceLength = 256 * 1024;

/**
 * Serves a folder that lives in memory and is gone with the server. `files` names them by their path
 * in UTF-8; folders on the way are made.
 */
export function memoryFolder(
  files: Readonly<Record<string, string | Uint8Array>> = {},
  clock: Clock = systemClock,
): ServedFolder {
  const folder = new MemoryFolder(clock);
  for (const [path, content] of Object.entries(files)) {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
    const target = resolveServedPath(servedRoot, toWireText(path));
    if (target === undefined) throw new RangeError(`Not a path: ${JSON.stringify(path)}`);
    folder.add(target, bytes);
  }
  return folder;
}

interface FileNode {
  readonly type: 'file';
  readonly id: number;
  content: MemoryBytes;
  modified: number;
  mode: number;
}

interface FolderNode {
  readonly type: 'directory';
  readonly id: number;
  readonly names: Map<string, Node>;
  modified: number;
  mode: number;
}

type Node = FileNode | FolderNode;

/** Bytes that grow at the end without being copied each time. */
class MemoryBytes {
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  read(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  write(at: number, bytes: Uint8Array): void {
    const end = at + bytes.length;
    if (end > this.#buffer.length) {
      const grown = Buffer.alloc(Math.max(end, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, at);
    this.#length = Math.max(this.#length, end);
  }
}

class MemoryFolder implements ServedFolder {
  readonly #clock: Clock;
  readonly #root: FolderNode;
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#root = this.#newFolder();
  }

  add(path: ServedPath, bytes: Uint8Array): void {
    const names = path.split('/').filter((name) => name !== '');
    const last = names.pop();
    let folder = this.#root;
    for (const name of names) {
      const next = folder.names.get(name) ?? this.#newFolder();
      if (next.type === 'file') throw new RangeError(`${path} leads through a file`);
      folder.names.set(name, next);
      folder = next;
    }
    if (last === undefined) return;
    const file = this.#newFile();
    file.content.write(0, bytes);
    folder.names.set(last, file);
  }

  async list(path: ServedPath): Promise<readonly ServedEntry[]> {
    return [...this.#folder(path).names].map(([name, node]) => toEntry(name, node));
  }

  async entry(path: ServedPath): Promise<ServedEntry> {
    return toEntry(splitServedPath(path).name, this.#node(path));
  }

  followed(path: ServedPath): Promise<ServedEntry> {
    return this.entry(path);
  }

  async openRead(path: ServedPath): Promise<FileReader> {
    const file = this.#file(path);
    return new MemoryReader(toEntry(splitServedPath(path).name, file), file.content);
  }

  async openWrite(path: ServedPath, start: WriteStart): Promise<FileWriter> {
    const { folder, name } = this.#place(path);
    const node = folder.names.get(name);
    if (node && start.kind === 'create') throw new FolderError('exists', path);
    const file = node ? this.#file(path) : this.#newFile();
    if (!node) this.#put(folder, name, file);
    return new MemoryWriter(file, start, this.#clock);
  }

  async makeDirectory(path: ServedPath): Promise<void> {
    const { folder, name } = this.#place(path, 'exists');
    if (folder.names.has(name)) throw new FolderError('exists', path);
    this.#put(folder, name, this.#newFolder());
  }

  async removeDirectory(path: ServedPath): Promise<void> {
    const { folder, name } = this.#place(path);
    if (this.#folder(path).names.size > 0) throw new FolderError('notEmpty', path);
    this.#take(folder, name);
  }

  async removeFile(path: ServedPath): Promise<void> {
    const { folder, name } = this.#place(path);
    this.#file(path);
    this.#take(folder, name);
  }

  async rename(from: ServedPath, to: ServedPath): Promise<void> {
    const source = this.#place(from);
    const node = this.#node(from);
    const target = this.#place(to);
    const replaced = target.folder.names.get(target.name);
    if (node === replaced) return;
    if (`${to}/`.startsWith(`${from}/`)) throw new FolderError('denied', to);
    if (replaced) expectReplaceable(node, replaced, to);
    this.#take(source.folder, source.name);
    this.#put(target.folder, target.name, node);
  }

  async setModified(path: ServedPath, modified: Date): Promise<void> {
    this.#node(path).modified = modified.getTime();
  }

  async setMode(path: ServedPath, mode: number): Promise<void> {
    this.#node(path).mode = mode;
  }

  #newFolder(): FolderNode {
    const id = (this.#lastId += 1);
    return { type: 'directory', id, names: new Map(), modified: this.#clock.now(), mode: 0o755 };
  }

  #newFile(): FileNode {
    const id = (this.#lastId += 1);
    const content = new MemoryBytes();
    return { type: 'file', id, content, modified: this.#clock.now(), mode: 0o644 };
  }

  #put(folder: FolderNode, name: string, node: Node): void {
    folder.names.set(name, node);
    folder.modified = this.#clock.now();
  }

  #take(folder: FolderNode, name: string): void {
    folder.names.delete(name);
    folder.modified = this.#clock.now();
  }

  #node(path: ServedPath): Node {
    let node: Node = this.#root;
    for (const name of path.split('/').filter((part) => part !== '')) {
      if (node.type === 'file') throw new FolderError('notAFolder', path);
      const next = node.names.get(name);
      if (!next) throw new FolderError('absent', path);
      node = next;
    }
    return node;
  }

  #folder(path: ServedPath): FolderNode {
    const node = this.#node(path);
    if (node.type === 'file') throw new FolderError('notAFolder', path);
    return node;
  }

  #file(path: ServedPath): FileNode {
    const node = this.#node(path);
    if (node.type === 'directory') throw new FolderError('notAFile', path);
    return node;
  }

  /** The folder that holds the name; the root has no name to change. */
  #place(
    path: ServedPath,
    ofRoot: 'denied' | 'exists' = 'denied',
  ): { folder: FolderNode; name: string } {
    const { folder, name } = splitServedPath(path);
    if (name === '') throw new FolderError(ofRoot, path);
    return { folder: this.#folder(folder), name };
  }
}

// rename(2): a file replaces a file, a folder an empty folder.
function expectReplaceable(node: Node, replaced: Node, path: ServedPath): void {
  if (node.type === 'file' && replaced.type === 'directory')
    throw new FolderError('notAFile', path);
  if (node.type === 'directory' && replaced.type === 'file') {
    throw new FolderError('notAFolder', path);
  }
  if (replaced.type === 'directory' && replaced.names.size > 0) {
    throw new FolderError('notEmpty', path);
  }
}

function toEntry(name: string, node: Node): ServedEntry {
  return {
    name,
    type: node.type,
    size: node.type === 'file' ? node.content.length : 0,
    modified: new Date(node.modified),
    mode: node.mode,
    unique: `m${node.id.toString(16)}`,
    writable: (node.mode & 0o200) !== 0,
    removable: true,
  };
}

class MemoryReader implements FileReader {
  readonly entry: ServedEntry;
  readonly #bytes: MemoryBytes;

  constructor(entry: ServedEntry, bytes: MemoryBytes) {
    this.entry = entry;
    this.#bytes = bytes;
  }

  async *pieces(offset: number): AsyncGenerator<Uint8Array> {
    for (let at = offset; at < this.entry.size; at += pieceLength) {
      // A copy: what the socket has not sent yet must not change under a writer's hands.
      const end = Math.min(at + pieceLength, this.entry.size);
      yield Uint8Array.from(this.#bytes.read().subarray(at, end));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

class MemoryWriter implements FileWriter {
  readonly #file: FileNode;
  readonly #start: WriteStart;
  readonly #clock: Clock;
  #at = 0;

  constructor(file: FileNode, start: WriteStart, clock: Clock) {
    this.#file = file;
    this.#start = start;
    this.#clock = clock;
  }

  async begin(): Promise<void> {
    if (this.#start.kind === 'replace') this.#file.content = new MemoryBytes();
    if (this.#start.kind === 'append') this.#at = this.#file.content.length;
    if (this.#start.kind === 'offset') this.#at = this.#start.bytes;
    if (this.#start.kind !== 'append') this.#file.modified = this.#clock.now();
  }

  async write(pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) {
      this.#file.content.write(this.#at, piece);
      this.#at += piece.length;
    }
    this.#file.modified = this.#clock.now();
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
