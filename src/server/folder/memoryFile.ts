import type { Clock } from '../../base/clock.ts';
import {
  FolderError,
  type FileReader,
  type FileWriter,
  type ServedEntry,
  type WriteStart,
} from './servedFolder.ts';

/** The limits of a folder in memory. Beyond them it has no space left. */
export interface MemoryLimits {
  /** The bytes of all files together. */
  readonly bytes: number;
  /** Files and folders together. */
  readonly entries: number;
}

/** The limits by default. */
export const defaultMemoryLimits: MemoryLimits = { bytes: 256 * 1024 * 1024, entries: 100_000 };

/** How much of the limits is used. */
export class MemoryBudget {
  readonly #limits: MemoryLimits;
  #bytes = 0;
  #entries = 0;

  constructor(limits: MemoryLimits) {
    this.#limits = limits;
  }

  take(what: 'bytes' | 'entries', count: number): void {
    const used = (what === 'bytes' ? this.#bytes : this.#entries) + count;
    if (used > this.#limits[what]) throw new FolderError('full', 'the folder in memory');
    if (what === 'bytes') this.#bytes = used;
    else this.#entries = used;
  }

  giveBack(what: 'bytes' | 'entries', count: number): void {
    this.take(what, -count);
  }
}

/** Bytes that can grow at the end without a copy each time. */
export class MemoryBytes {
  readonly #budget: MemoryBudget;
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  get length(): number {
    return this.#length;
  }

  read(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  write(at: number, bytes: Uint8Array): void {
    const end = at + bytes.length;
    this.#budget.take('bytes', Math.max(0, end - this.#length));
    if (end > this.#buffer.length) {
      const grown = Buffer.alloc(Math.max(end, Math.floor(this.#buffer.length * 1.5)));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, at);
    this.#length = Math.max(this.#length, end);
  }

  /** Empty bytes that replace these. */
  successor(): MemoryBytes {
    this.giveUp();
    return new MemoryBytes(this.#budget);
  }

  /** No more writes. Readers that are still open keep the old bytes. */
  giveUp(): void {
    this.#budget.giveBack('bytes', this.#length);
  }
}

/** A file in memory. */
export interface MemoryFile {
  readonly type: 'file';
  readonly id: number;
  content: MemoryBytes;
  /** Counts its name and its writers. When all are gone, its bytes are freed. */
  holders: number;
  modified: number;
  mode: number;
}

/** A folder in memory. */
export interface MemoryFolderNode {
  readonly type: 'directory';
  readonly id: number;
  readonly names: Map<string, MemoryNode>;
  modified: number;
  mode: number;
}

export type MemoryNode = MemoryFile | MemoryFolderNode;

/** What there is to tell about a node. */
export function memoryEntry(name: string, node: MemoryNode): ServedEntry {
  return {
    name,
    type: node.type,
    size: node.type === 'file' ? node.content.length : 0,
    modified: new Date(node.modified),
    modifiedNs: BigInt(Math.floor(node.modified)) * 1_000_000n,
    mode: node.mode,
    unique: `m${node.id.toString(16)}`,
    writable: (node.mode & 0o200) !== 0,
    removable: true,
  };
}

/** A name or a writer of the file is gone. */
export function release(file: MemoryFile): void {
  file.holders -= 1;
  if (file.holders === 0) file.content.giveUp();
}

/** An offset lies inside the file or at its end. */
export function expectReached(file: MemoryFile, offset: number, path: string): void {
  if (file.content.length < offset) throw new FolderError('short', path);
}

/** An open file of the memory. */
export class MemoryReader implements FileReader {
  readonly entry: ServedEntry;
  readonly #bytes: MemoryBytes;

  constructor(entry: ServedEntry, bytes: MemoryBytes) {
    this.entry = entry;
    this.#bytes = bytes;
  }

  async read(buffers: readonly Uint8Array[], offset: number): Promise<number> {
    let at = offset;
    for (const buffer of buffers) {
      const some = this.#bytes.read().subarray(at, at + buffer.length);
      buffer.set(some);
      at += some.length;
    }
    return at - offset;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** A file of the memory, open for writing. */
export class MemoryWriter implements FileWriter {
  readonly isNew: boolean;
  readonly #name: string;
  readonly #file: MemoryFile;
  readonly #start: WriteStart;
  readonly #clock: Clock;
  #at = 0;
  #over = false;

  constructor(
    { name, isNew }: { name: string; isNew: boolean },
    file: MemoryFile,
    start: WriteStart,
    clock: Clock,
  ) {
    this.isNew = isNew;
    this.#name = name;
    this.#file = file;
    this.#start = start;
    this.#clock = clock;
    file.holders += 1;
  }

  async begin(): Promise<void> {
    if (this.#start.kind === 'replace') this.#file.content = this.#file.content.successor();
    if (this.#start.kind === 'offset') expectReached(this.#file, this.#start.bytes, 'the file');
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

  async entry(): Promise<ServedEntry> {
    return memoryEntry(this.#name, this.#file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    release(this.#file);
  }
}
