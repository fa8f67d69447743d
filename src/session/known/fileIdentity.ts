import { createHash } from 'node:crypto';
import type { RemoteEntry } from '../../ftp/grammar/entry.ts';
import type { FileIdentity } from '../remoteFileSystem.ts';

/** What a listing or an exact question tells of the file whose bytes hash to `sha256`. */
export function identityOf(
  entry: RemoteEntry,
  { sha256, settled }: { readonly sha256: string | undefined; readonly settled: boolean },
): FileIdentity {
  return {
    size: entry.size,
    modified: entry.modified?.getTime(),
    unique: entry.unique,
    sha256,
    settled,
  };
}

/** Of bytes whose file's facts are not known, or belong to another version. */
export function identityOfBytes(size: number, sha256: string): FileIdentity {
  return { size, modified: undefined, unique: undefined, sha256, settled: false };
}

/** True when size and time are known on both sides and nothing known differs. */
export function sameFacts(
  a: Pick<FileIdentity, 'size' | 'modified' | 'unique'>,
  b: Pick<FileIdentity, 'size' | 'modified' | 'unique'>,
): boolean {
  if (a.size === undefined || a.modified === undefined) return false;
  if (a.size !== b.size || a.modified !== b.modified) return false;
  return a.unique === undefined || b.unique === undefined || a.unique === b.unique;
}

/** SHA-256 in hex. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Counts and hashes the pieces that pass. */
export class ContentMeter {
  readonly #hash = createHash('sha256');
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(piece: Uint8Array): void {
    this.#size += piece.length;
    this.#hash.update(piece);
  }

  /** SHA-256 in hex of all pieces so far. */
  sha256(): string {
    return this.#hash.copy().digest('hex');
  }
}
