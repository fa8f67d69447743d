import * as vscode from 'vscode';
import { RemoteFileError, type RemoteFileReason } from '../../session/remoteFileError.ts';
import { plainText, sentenceOf } from '../sentence.ts';

// VS Code looks at the kind only to choose its own way out; the person reads the sentence.
const kinds = {
  notFound: 'FileNotFound',
  exists: 'FileExists',
  notADirectory: 'FileNotADirectory',
  isADirectory: 'FileIsADirectory',
  notEmpty: 'NoPermissions',
  noPermissions: 'NoPermissions',
  noSpace: 'Unavailable',
  invalidName: 'NoPermissions',
  unsupported: 'NoPermissions',
  unavailable: 'Unavailable',
  damaged: 'Unavailable',
} as const satisfies Record<RemoteFileReason, keyof typeof vscode.FileSystemError>;

/** Says in VS Code's words what went wrong; the sentence travels along, with the site in front. */
export function toFileSystemError(error: unknown, siteName: string): vscode.FileSystemError {
  if (error instanceof vscode.FileSystemError) return error;
  const kind = error instanceof RemoteFileError ? kinds[error.reason] : 'Unavailable';
  return vscode.FileSystemError[kind](`${plainText(siteName)}: ${sentenceOf(error)}`);
}
