import { randomBytes } from 'node:crypto';
import { Emitter } from '../base/event.ts';
import { joinPath, nameOf, parentOf, type RemotePath } from '../base/paths.ts';
import type { FoundLeftOvers } from './remoteFileSystem.ts';

const prefix = '.portside-';

// What file systems allow (ext4, NTFS in UTF-16, ZFS): 255 bytes.
const maxNameBytes = 255;

// A longer "extension" is none, and must not take the room of the id.
const maxExtension = 32;

// An id is that many random bytes, as hex digits.
const idBytes = 6;

// Only what we make: a person's own `.portside-notes` is a file like any other.
const form = new RegExp(`^\\.portside-([0-9a-f]{${idBytes * 2}})-(.+)$`, 's');

/** An id for a temporary file; no other program makes the same. */
export function newTemporaryId(): string {
  return randomBytes(idBytes).toString('hex');
}

/** True for a name that a save uses while it is under way, ours or another program's window's. */
export function isTemporaryName(name: string): boolean {
  return form.test(name);
}

/** Of the name of a temporary file: by which id it was made, and for which name, which may be cut. */
export function readTemporaryName(
  name: string,
): { readonly id: string; readonly file: string } | undefined {
  const [, id, file] = form.exec(name) ?? [];
  return id !== undefined && file !== undefined ? { id, file } : undefined;
}

/** True where the name of the file may have been too long to be kept whole. */
export function mayBeCut(name: string): boolean {
  // A character of four bytes that did not fit leaves up to three bytes of room.
  return byteLength(name) > maxNameBytes - 4;
}

/**
 * The name beside `path` under which its new bytes arrive. The extension stays, so that a web server
 * treats it as it would the file; a long name loses its middle.
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

// Cut between code points: half a surrogate pair would not survive the way to the server.
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

/** Which temporary files one session makes and may still need; all others that it meets are left over. */
export class OwnTemporaryNames implements Disposable {
  readonly leftOvers: Emitter<FoundLeftOvers> = new Emitter();
  /** An id that no other temporary file has. */
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

  /** Changes something: the ids that are given for it stay under way until all changes are done. */
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
