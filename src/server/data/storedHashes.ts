import type { ServedEntry } from '../folder/servedFolder.ts';

// A client that asks for hashes asks soon. Each is some hundred bytes.
const keptHashes = 4_096;

interface StoredHash {
  readonly sha256: string;
  readonly size: number;
  readonly modifiedNs: bigint;
}

/** One file that is being written. Disposing ends that. */
export interface Storing extends Disposable {
  /** All of the file was written by this writer and by nobody else, and it stands there as `entry` says. */
  keep(entry: ServedEntry, sha256: string): void;
}

/**
 * The SHA-256 of files that were just stored, taken while their bytes came: so HASH after STOR reads
 * nothing. A file that has changed since, by its size or its time, is hashed anew.
 */
export class StoredHashes {
  /** By the identity of the file, which a rename keeps. The oldest come first. */
  readonly #hashes = new Map<string, StoredHash>();
  /** The files that are being written, by how many, and whether by several at a time. */
  readonly #writing = new Map<string, { writers: number; shared: boolean }>();

  /** What is known of the file does not count any more. */
  begin({ unique }: ServedEntry): Storing {
    const writing = this.#writing.get(unique) ?? { writers: 0, shared: false };
    writing.writers += 1;
    writing.shared ||= writing.writers > 1;
    this.#writing.set(unique, writing);
    this.#hashes.delete(unique);
    return {
      keep: (entry, sha256) => {
        if (!writing.shared) this.#keep(entry, sha256);
      },
      [Symbol.dispose]: () => {
        writing.writers -= 1;
        if (writing.writers === 0) this.#writing.delete(unique);
      },
    };
  }

  /** The hash of a file that is still as it was stored. */
  of({ unique, size, modifiedNs }: ServedEntry): string | undefined {
    const kept = this.#hashes.get(unique);
    return kept?.size === size && kept.modifiedNs === modifiedNs ? kept.sha256 : undefined;
  }

  #keep({ unique, size, modifiedNs }: ServedEntry, sha256: string): void {
    this.#hashes.set(unique, { sha256, size, modifiedNs });
    for (const oldest of this.#hashes.keys()) {
      if (this.#hashes.size <= keptHashes) break;
      this.#hashes.delete(oldest);
    }
  }
}
