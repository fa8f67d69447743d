import { LRUCache } from 'lru-cache';
import type { RemotePath } from '../../base/paths.ts';
import { sameFacts } from '../../session/known/fileIdentity.ts';
import type {
  Expected,
  FileIdentity,
  FileOptions,
  RemoteFileSystem,
} from '../../session/remoteFileSystem.ts';
import type { Questions } from '../questions.ts';
import type { Site } from '../sites/site.ts';

/** The user was asked and kept what is on the server. */
export class KeptServersFileError extends Error {
  override readonly name = 'KeptServersFileError';
  constructor(path: RemotePath) {
    super(`${path} was not saved: the file on the server has changed, and you chose to keep it`);
  }
}

/** The user wants to see both before deciding. */
export class ComparingError extends Error {
  override readonly name = 'ComparingError';
  readonly found: FileIdentity;
  constructor(path: RemotePath, found: FileIdentity) {
    super(
      `${path} is not saved yet: the file on the server has changed. ` +
        "Choose Use Mine or Use the Server's in the title of the comparison",
    );
    this.found = found;
  }
}

/** A whole file to be written over nothing but what is expected to be there. */
export interface GuardedWrite {
  readonly site: Site;
  readonly files: RemoteFileSystem;
  readonly path: RemotePath;
  readonly content: Uint8Array;
  readonly create: boolean;
  readonly overwrite: boolean;
  readonly expected: Expected;
}

/**
 * Writes a file, and asks the user when another one is there than expected. A yes holds for exactly
 * the file that was shown: when that has changed meanwhile, the user is asked again.
 */
export async function writeOrAsk(
  write: GuardedWrite,
  questions: Questions,
  options: FileOptions,
): Promise<FileIdentity> {
  const { site, files, path, content, overwrite } = write;
  let { create, expected } = write;
  for (;;) {
    const whole = (): readonly Uint8Array[] => [content];
    const outcome = await files.writeFile(path, whole, { ...options, create, overwrite, expected });
    if (outcome.kind === 'written') return outcome.identity;
    const { found } = outcome;
    const choice = await questions.conflict({ site, path, held: expected, found });
    if (choice === 'compare' && found !== 'absent') throw new ComparingError(path, found);
    if (choice !== 'overwrite') throw new KeptServersFileError(path);
    expected = found;
    create ||= found === 'absent';
  }
}

interface Told {
  readonly before: Expected | undefined;
  readonly last: Expected;
  /** The user has said that this may be overwritten. */
  readonly agreed: boolean;
}

/** More than anybody has unsaved. */
const mostFiles = 2000;

/**
 * Which other files VS Code was told of in the place of those that changed editors came from. It
 * asks the user then, looks once more, and writes when the answer is Overwrite.
 */
export class ToldConflicts {
  readonly #told = new LRUCache<string, Told>({ max: mostFiles });
  readonly #shown = new LRUCache<string, FileIdentity>({ max: mostFiles });

  tell(key: string, found: Expected): void {
    this.#told.set(key, { before: this.#told.get(key)?.last, last: found, agreed: false });
  }

  /** The user is shown these bytes of the server's file. */
  shown(key: string, found: FileIdentity): void {
    this.#shown.set(key, found);
  }

  /**
   * What a write that comes now may replace. The last look is VS Code's own, right before the write:
   * what the user was shown is what was told before it.
   */
  overwritable(key: string): Expected | undefined {
    const told = this.#told.get(key);
    return told?.agreed ? told.last : (told?.before ?? told?.last);
  }

  /** The user wants what was shown, or told, to be overwritten: VS Code need not ask. */
  agree(key: string): void {
    const last = this.#shown.get(key) ?? this.#told.get(key)?.last;
    if (last) this.#told.set(key, { before: undefined, last, agreed: true });
  }

  /** True when the user has agreed already to what was found. */
  isAgreed(key: string, found: Expected): boolean {
    const told = this.#told.get(key);
    return told?.agreed === true && isSame(told.last, found);
  }

  clear(key: string): void {
    this.#told.delete(key);
    this.#shown.delete(key);
  }
}

function isSame(a: Expected, b: Expected): boolean {
  if (a === 'absent' || b === 'absent') return a === b;
  return a.sha256 !== undefined && b.sha256 !== undefined ? a.sha256 === b.sha256 : sameFacts(a, b);
}
