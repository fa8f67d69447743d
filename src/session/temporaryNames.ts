import { randomBytes } from 'node:crypto';
import { Emitter } from '../base/event.ts';
import { joinPath, nameOf, parentOf, type RemotePath } from '../base/paths.ts';
import type { FoundLeftOvers } from './remoteFileSystem.ts';

const prefix = '.portside-';

// What file systems allow: 255 bytes on ext4 and ZFS; NTFS counts UTF-16 units.
const maxNameBytes = 255;

// What follows the last dot is no extension if it is longer, and must not take the room of the name.
const maxExtension = 32;

// An id has that many random bytes, as hex digits.
const idBytes = 6;

// Only the names that saves make: a user's own `.portside-notes` is a file like any other.
const form = new RegExp(`^\\.portside-([0-9a-f]{${idBytes * 2}})-(.+)$`, 's');

/** An id for a temporary file; no other program makes the same. */
export function newTemporaryId(): string {
  return randomBytes(idBytes).toString('hex');
}

/** True of the name of a temporary file, of this window or of another one. */
export function isTemporaryName(name: string): boolean {
  return form.test(name);
}

/** The id by which a temporary name was made, and the file's name in it, which may be cut. */
export function readTemporaryName(
  name: string,
): { readonly id: string; readonly file: string } | undefined {
  const [, id, file] = form.exec(name) ?? [];
  return id !== undefined && file !== undefined ? { id, file } : undefined;
}

/** True where the file's name in a temporary name may be cut. */
export function mayBeCut(name: string): boolean {
  // Where a character of four bytes did not fit, up to three bytes stay unused.
  return byteLength(name) > maxNameBytes - 4;
}

/**
 * The name in the folder of `path` under which its new bytes are uploaded. The extension stays, so that
 * a web server treats it like the file. A long name loses its end before the extension.
 */
export function temporaryNameOf(path: RemotePath, id: string): RemotePath {
  const name = nameOf(path);
  const dot = name.lastIndexOf('.');
  const cut = dot > 0 && byteLength(name.slice(dot)) <= maxExtension ? dot : name.length;
  const extension = name.slice(cut);
  const room = maxNameBytes - byteLength(`${prefix}${id}-${extension}`);
  return joinPath(
    parentOf(path),
    `${prefix}${id}-${shorten(name.slice(0, cut), room)}${extension}`,
  );
}

// Cut between code points: half a surrogate pair cannot be sent.
function shorten(text: string, bytes: number): string {
  let short = '';
  let used = 0;
  for (const character of text) {
    used += byteLength(character);
    if (used > bytes) break;
    short += character;
  }
  return short;
}

function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/** The temporary names that one session makes and may still use; all others that it meets are left over. */
export class OwnTemporaryNames implements Disposable {
  readonly leftOvers: Emitter<FoundLeftOvers> = new Emitter();
  /** Gives an id that no other temporary file has. */
  readonly nextId: () => string;
  readonly #underWay = new Set<string>();
  #changes = 0;

  constructor(newId: () => string) {
    this.nextId = () => {
      const id = newId();
      this.#underWay.add(id);
      return id;
    };
  }

  /** True of an id that was given to a change that may still be under way. */
  isUnderWay(id: string): boolean {
    return this.#underWay.has(id);
  }

  /** Runs a change. The ids that are given meanwhile stay under way until all changes are done. */
  async during<T>(act: () => Promise<T>): Promise<T> {
    this.#changes += 1;
    try {
      return await act();
    } finally {
      this.#changes -= 1;
      if (this.#changes === 0) this.#underWay.clear();
    }
  }

  [Symbol.dispose](): void {
    this.leftOvers[Symbol.dispose]();
  }
}
