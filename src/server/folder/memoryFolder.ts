import { type Clock, systemClock } from '../../base/clock.ts';
import {
  defaultMemoryLimits,
  expectReached,
  MemoryBudget,
  MemoryBytes,
  memoryEntry,
  type MemoryFile,
  type MemoryFolderNode,
  type MemoryLimits,
  type MemoryNode,
  MemoryReader,
  MemoryWriter,
  release,
} from './memoryFile.ts';
import {
  FolderError,
  type FileReader,
  type FileWriter,
  type ServedListing,
  resolveServedPath,
  type ServedEntry,
  type ServedFolder,
  type ServedPath,
  servedRoot,
  splitServedPath,
  toWireText,
  type WriteStart,
} from './servedFolder.ts';

// The limit of usual file systems. Without one, long names could fill the memory.
const maxNameLength = 255;

const entriesAtATime = 256;

/**
 * Serves a folder in memory, which is gone when the server ends. `files` has the paths in UTF-8; folders
 * on the way are made.
 */
export function memoryFolder(
  files: Readonly<Record<string, string | Uint8Array>> = {},
  clock: Clock = systemClock,
  limits: MemoryLimits = defaultMemoryLimits,
): ServedFolder {
  const folder = new MemoryFolder(clock, limits);
  for (const [path, content] of Object.entries(files)) {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
    const target = resolveServedPath(servedRoot, toWireText(path));
    if (target === undefined) throw new RangeError(`Not a path: ${JSON.stringify(path)}`);
    folder.add(target, bytes);
  }
  return folder;
}

class MemoryFolder implements ServedFolder {
  readonly #clock: Clock;
  readonly #budget: MemoryBudget;
  readonly #root: MemoryFolderNode;
  #lastId = 0;

  constructor(clock: Clock, limits: MemoryLimits) {
    this.#clock = clock;
    this.#budget = new MemoryBudget(limits);
    this.#root = this.#newFolder();
  }

  add(path: ServedPath, bytes: Uint8Array): void {
    const names = path.split('/').filter((name) => name !== '');
    const last = names.pop();
    let folder = this.#root;
    for (const name of names) {
      const next = folder.names.get(name) ?? this.#newFolder();
      if (next.type === 'file') throw new RangeError(`${path} leads through a file`);
      if (!folder.names.has(name)) this.#put(folder, name, next);
      folder = next;
    }
    if (last === undefined) return;
    const file = this.#newFile();
    file.content.write(0, bytes);
    this.#put(folder, last, file);
  }

  async openList(path: ServedPath): Promise<ServedListing> {
    const { names } = this.#folder(path);
    return { entries: () => entriesOf(names), [Symbol.asyncDispose]: async () => {} };
  }

  async entry(path: ServedPath): Promise<ServedEntry> {
    return memoryEntry(splitServedPath(path).name, this.#node(path));
  }

  followed(path: ServedPath): Promise<ServedEntry> {
    return this.entry(path);
  }

  async openRead(path: ServedPath): Promise<FileReader> {
    const file = this.#file(path);
    return new MemoryReader(memoryEntry(splitServedPath(path).name, file), file.content);
  }

  async openWrite(path: ServedPath, start: WriteStart): Promise<FileWriter> {
    const { folder, name } = this.#place(path);
    const node = folder.names.get(name);
    if (node && start.kind === 'create') throw new FolderError('exists', path);
    const file = node ? this.#file(path) : this.#newFile();
    if (start.kind === 'offset') expectReached(file, start.bytes, path);
    if (!node) this.#put(folder, name, file);
    return new MemoryWriter({ name, isNew: !node }, file, start, this.#clock);
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
    expectNameLength(target.name);
    if (replaced) this.#take(target.folder, target.name);
    source.folder.names.delete(source.name);
    target.folder.names.set(target.name, node);
    source.folder.modified = target.folder.modified = this.#clock.now();
  }

  async setModified(path: ServedPath, modified: Date): Promise<void> {
    this.#place(path);
    this.#node(path).modified = modified.getTime();
  }

  async setMode(path: ServedPath, mode: number): Promise<void> {
    this.#place(path);
    this.#node(path).mode = mode;
  }

  #newFolder(): MemoryFolderNode {
    const id = (this.#lastId += 1);
    return { type: 'directory', id, names: new Map(), modified: this.#clock.now(), mode: 0o755 };
  }

  #newFile(): MemoryFile {
    const id = (this.#lastId += 1);
    const content = new MemoryBytes(this.#budget);
    return { type: 'file', id, content, holders: 0, modified: this.#clock.now(), mode: 0o644 };
  }

  #put(folder: MemoryFolderNode, name: string, node: MemoryNode): void {
    expectNameLength(name);
    this.#budget.take('entries', 1);
    if (node.type === 'file') node.holders += 1;
    folder.names.set(name, node);
    folder.modified = this.#clock.now();
  }

  #take(folder: MemoryFolderNode, name: string): void {
    const node = folder.names.get(name);
    if (!node) return;
    this.#budget.giveBack('entries', 1);
    if (node.type === 'file') release(node);
    folder.names.delete(name);
    folder.modified = this.#clock.now();
  }

  #node(path: ServedPath): MemoryNode {
    let node: MemoryNode = this.#root;
    for (const name of path.split('/').filter((part) => part !== '')) {
      if (node.type === 'file') throw new FolderError('notAFolder', path);
      const next = node.names.get(name);
      if (!next) throw new FolderError('absent', path);
      node = next;
    }
    return node;
  }

  #folder(path: ServedPath): MemoryFolderNode {
    const node = this.#node(path);
    if (node.type === 'file') throw new FolderError('notAFolder', path);
    return node;
  }

  #file(path: ServedPath): MemoryFile {
    const node = this.#node(path);
    if (node.type === 'directory') throw new FolderError('notAFile', path);
    return node;
  }

  /** The folder that holds the name; the root has no name to change. */
  #place(
    path: ServedPath,
    ofRoot: 'denied' | 'exists' = 'denied',
  ): { folder: MemoryFolderNode; name: string } {
    const { folder, name } = splitServedPath(path);
    if (name === '') throw new FolderError(ofRoot, path);
    return { folder: this.#folder(folder), name };
  }
}

// rename(2): a file replaces a file, a folder an empty folder.
function expectReplaceable(node: MemoryNode, replaced: MemoryNode, path: ServedPath): void {
  if (node.type === 'file' && replaced.type === 'directory')
    throw new FolderError('notAFile', path);
  if (node.type === 'directory' && replaced.type === 'file') {
    throw new FolderError('notAFolder', path);
  }
  if (replaced.type === 'directory' && replaced.names.size > 0) {
    throw new FolderError('notEmpty', path);
  }
}

function expectNameLength(name: string): void {
  if (name.length > maxNameLength) throw new FolderError('denied', name);
}

async function* entriesOf(names: ReadonlyMap<string, MemoryNode>): AsyncGenerator<ServedEntry[]> {
  let some: ServedEntry[] = [];
  for (const [name, node] of names) {
    some.push(memoryEntry(name, node));
    if (some.length < entriesAtATime) continue;
    yield some;
    some = [];
  }
  yield some;
}
