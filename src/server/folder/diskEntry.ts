import type { BigIntStats } from 'node:fs';
import * as fs from 'node:fs/promises';
import {
  FolderError,
  type FolderErrorReason,
  type ServedEntry,
  type ServedPath,
} from './servedFolder.ts';

/** A path as the system takes it: names on disk are bytes. */
export function pathBytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

/** Of the name itself; a link is not followed. Whole numbers: inodes pass 2^53 on some systems. */
export function statOf(path: string): Promise<BigIntStats> {
  return fs.lstat(pathBytes(path), { bigint: true });
}

/** The entry of what stands at a path; `removable` says whether the folder around it allows that. */
export async function diskEntryOf(
  path: string,
  name: string,
  removable: boolean,
): Promise<ServedEntry> {
  const stats = await statOf(path);
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

/** What the mode bits say to the user whom the server runs as. */
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

/** Runs what touches the disk; whatever the system refuses becomes a `FolderError` about `path`. */
export async function translated<T>(path: ServedPath, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw toFolderError(path, error);
  }
}

/** A system's refusal in the folder's words; other errors stay what they are. */
export function toFolderError(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  if (code === undefined || error instanceof FolderError) return error;
  return new FolderError(reasons[code] ?? 'denied', path, { cause: error });
}
