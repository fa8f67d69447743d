import { parseRemotePath, type RemotePath } from '../base/paths.ts';
import type { Records } from '../base/records.ts';
import type { FileIdentity } from '../session/remoteFileSystem.ts';

/** A local file and its place on a server. The same pair always has the same key. */
export interface Link {
  readonly key: string;
  /** The address of the local file. */
  readonly local: string;
  readonly siteId: string;
  readonly path: RemotePath;
}

/** Identifies the bytes of a file. */
export interface Bytes {
  readonly size: number;
  readonly sha256: string;
}

/** The versions of a file that an upload may replace on the server. */
export interface Base {
  /** What both sides last agreed on. */
  readonly agreed: FileIdentity | undefined;
  /** What was on this disk before each edit that is not uploaded yet, the oldest first. */
  readonly before: readonly Bytes[];
  /** How often the file had been saved when the base was asked for. */
  readonly saves: number;
}

/** An upload that has not succeeded yet. */
export interface OwedUpload {
  readonly link: Link;
  /** Why the last attempt failed. */
  readonly reason: string | undefined;
}

/** Where linked files are remembered: the bases of all files, and separately the owed uploads. */
export interface LinkRecords {
  readonly bases: Records;
  readonly owed: Records;
}

/** A base takes some 500 bytes. Beyond this many, the longest unused are forgotten, and the user is asked. */
const mostBases = 5000;

/** How many versions before edits are kept of one file, besides the oldest. */
const latestBefore = 7;

interface StoredBase {
  readonly agreed?: FileIdentity | undefined;
  readonly before: readonly Bytes[];
}

/**
 * Remembers for each linked file what both sides last agreed on, and what was saved since but not
 * uploaded. The oldest version is kept until an upload succeeds: however often uploads fail, the server's
 * file is compared with what was here before the first of them.
 */
export class LinkedFiles {
  readonly #records: LinkRecords;
  readonly #saves = new Map<string, number>();
  // A base that could not be written counts until the window closes.
  readonly #unwritten = new Map<string, StoredBase>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(records: LinkRecords) {
    this.#records = records;
  }

  /** A file was saved and must be uploaded. `before` is what was on the disk until then. */
  saved(link: Link, before: Bytes | undefined): Promise<void> {
    this.#saves.set(link.key, this.#savesOf(link.key) + 1);
    return this.#inTurn(async () => {
      if (before) {
        const { agreed, before: known } = await this.#read(link.key);
        await this.#write(link.key, { agreed, before: withBytes(known, before) });
      }
      await this.#records.owed.set(link.key, { link });
    });
  }

  base(key: string): Promise<Base> {
    const saves = this.#savesOf(key);
    return this.#inTurn(async () => ({ agreed: undefined, ...(await this.#read(key)), saves }));
  }

  /** The version for which `base` was asked is uploaded. A file that was saved since stays owed. */
  uploaded(key: string, identity: FileIdentity, { saves }: Pick<Base, 'saves'>): Promise<void> {
    return this.#inTurn(async () => {
      await this.#write(key, { agreed: identity, before: [] });
      if (this.#savesOf(key) === saves) await this.#records.owed.delete(key);
    });
  }

  failed(link: Link, reason: string): Promise<void> {
    return this.#inTurn(() => this.#records.owed.set(link.key, { link, reason }));
  }

  /** The user no longer wants the upload. The base is kept. */
  dismissed(key: string): Promise<void> {
    return this.#inTurn(() => this.#records.owed.delete(key));
  }

  /** The owed uploads of all windows. Old bases without an owed upload are forgotten here. */
  owed(): Promise<readonly OwedUpload[]> {
    return this.#inTurn(async () => {
      const owed = (await this.#records.owed.all()).map(storedUpload);
      const uploads = owed.filter((each) => each !== undefined);
      const keys = uploads.map(({ link }) => link.key);
      await this.#records.bases.trim(mostBases, keys);
      return uploads;
    });
  }

  #savesOf(key: string): number {
    return this.#saves.get(key) ?? 0;
  }

  async #read(key: string): Promise<StoredBase> {
    return this.#unwritten.get(key) ?? storedBase(await this.#records.bases.get(key));
  }

  async #write(key: string, base: StoredBase): Promise<void> {
    this.#unwritten.set(key, base);
    await this.#records.bases.set(key, base);
    this.#unwritten.delete(key);
  }

  // One at a time: each reads, changes and writes a record.
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}

function withBytes(known: readonly Bytes[], more: Bytes): readonly Bytes[] {
  const [oldest, ...rest] = known;
  if (!oldest) return [more];
  if (oldest.sha256 === more.sha256) return known;
  const others = rest.filter(({ sha256 }) => sha256 !== more.sha256);
  return [oldest, ...[...others, more].slice(-latestBefore)];
}

// The values come from files on disk. They decide about uploads, so everything in them is checked.
function storedBase(value: unknown): StoredBase {
  if (!isObject(value)) return { before: [] };
  const { agreed, before } = value;
  return {
    ...(isIdentity(agreed) ? { agreed } : {}),
    before: Array.isArray(before) ? before.filter(isBytes) : [],
  };
}

function storedUpload(value: unknown): OwedUpload | undefined {
  if (!isObject(value) || !isObject(value['link'])) return undefined;
  const { key, local, siteId, path } = value['link'];
  const remote = typeof path === 'string' ? parseRemotePath(path) : undefined;
  if (typeof key !== 'string' || typeof local !== 'string' || typeof siteId !== 'string') {
    return undefined;
  }
  const reason = typeof value['reason'] === 'string' ? value['reason'] : undefined;
  return remote && { link: { key, local, siteId, path: remote }, reason };
}

function isBytes(value: unknown): value is Bytes {
  return (
    isObject(value) && typeof value['size'] === 'number' && typeof value['sha256'] === 'string'
  );
}

function isIdentity(value: unknown): value is FileIdentity {
  if (!isObject(value)) return false;
  const { size, modified, unique, sha256, settled } = value;
  return (
    [size, modified].every((number) => number === undefined || typeof number === 'number') &&
    [unique, sha256].every((text) => text === undefined || typeof text === 'string') &&
    typeof settled === 'boolean'
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
