import type { BigIntStats } from 'node:fs';
import * as fs from 'node:fs/promises';
import type { Disk } from './disk.ts';
import {
  FolderError,
  type FolderErrorReason,
  type ServedEntry,
  type ServedPath,
} from './servedFolder.ts';

/** A path for the system: names on disk are bytes. */
export function pathBytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

/** The stats of the name itself; links are not followed. As bigint: some systems have inodes above 2^53. */
export function statOf(path: string): Promise<BigIntStats> {
  return fs.lstat(pathBytes(path), { bigint: true });
}

/** The entry at a path. `removable`: its folder allows to remove it. */
export async function diskEntryOf(
  disk: Disk,
  path: string,
  name: string,
  removable: boolean,
): Promise<ServedEntry> {
  const stats = await disk.find(pathBytes(path));
  if (!stats) throw new FolderError('absent', name);
  const entry = toEntry(name, stats, removable);
  if (entry.type !== 'symlink') return entry;
  return { ...entry, target: await fs.readlink(pathBytes(path), { encoding: 'latin1' }) };
}

export function toEntry(name: string, stats: BigIntStats, removable: boolean): ServedEntry {
  return {
    name,
    type: typeOf(stats),
    size: Number(stats.size),
    modified: stats.mtime,
    modifiedNs: stats.mtimeNs,
    mode: Number(stats.mode & 0o7777n),
    unique: `${stats.dev.toString(16)}g${stats.ino.toString(16)}`,
    writable: mayWrite(stats),
    removable,
  };
}

function typeOf(stats: BigIntStats): ServedEntry['type'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}

/** True where the mode bits let the server's user write. */
export function mayWrite({ mode, uid, gid }: BigIntStats): boolean {
  const user = process.getuid?.();
  if (user === undefined) return (mode & 0o222n) !== 0n;
  if (user === 0) return true;
  if (BigInt(user) === uid) return (mode & 0o200n) !== 0n;
  const inGroup = process.getgroups?.().some((group) => BigInt(group) === gid) ?? false;
  return (mode & (inGroup ? 0o020n : 0o002n)) !== 0n;
}

const reasons: Readonly<Record<string, FolderErrorReason>> = {
  ENOENT: 'absent',
  ENOTDIR: 'notAFolder',
  EISDIR: 'notAFile',
  EEXIST: 'exists',
  ENOTEMPTY: 'notEmpty',
  ELOOP: 'outside',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
};

/** Runs work on the disk. An error of the system becomes a `FolderError` about `path`. */
export async function translated<T>(path: ServedPath, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw toFolderError(path, error);
  }
}

/** An error of the system as a `FolderError`; other errors stay what they are. */
export function toFolderError(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  if (code === undefined || error instanceof FolderError) return error;
  return new FolderError(reasons[code] ?? 'denied', path, { cause: error });
}
