import * as vscode from 'vscode';
import type { StatEntry } from '../../session/remoteFileSystem.ts';

const fileTypes = {
  file: vscode.FileType.File,
  directory: vscode.FileType.Directory,
  symlink: vscode.FileType.SymbolicLink,
  other: vscode.FileType.Unknown,
} satisfies Record<StatEntry['type'], vscode.FileType>;

/** An entry's type; a symbolic link is one as well as what it leads to. */
export function toFileType(entry: StatEntry): vscode.FileType {
  if (entry.type !== 'symlink' || !entry.targetType) return fileTypes[entry.type];
  return vscode.FileType.SymbolicLink | fileTypes[entry.targetType];
}

/** An entry as VS Code wants it. A time that nobody knows is 0, always: never "now". */
export function toFileStat(entry: StatEntry, readOnlySite: boolean): vscode.FileStat {
  const stat = {
    type: toFileType(entry),
    ctime: 0,
    mtime: entry.modified?.getTime() ?? 0,
    size: entry.size ?? 0,
  };
  return readOnlySite || isReadOnly(entry)
    ? { ...stat, permissions: vscode.FilePermission.Readonly }
    : stat;
}

/** True when the server says that nobody, or not this user, may write the file. */
export function isReadOnly(entry: StatEntry): boolean {
  if (entry.type !== 'file' && entry.targetType !== 'file') return false;
  // RFC 3659, 7.5.5: "w" in the perm fact of a file says that STOR may be applied to it.
  if (entry.permissions !== undefined) return !entry.permissions.includes('w');
  return entry.mode !== undefined && (Number.parseInt(entry.mode, 8) & 0o222) === 0;
}
