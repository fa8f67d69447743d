import * as vscode from 'vscode';
import { errorMessage } from '../base/errorMessage.ts';
import { visibleText, withoutLinks } from '../base/visibleText.ts';
import { RemoteFileError, type RemoteFileReason } from '../session/remoteFileError.ts';

/** Somebody else's words as a notification, a question or a prompt may show them: as text only. */
export function plainText(text: string): string {
  return withoutLinks(visibleText(text));
}

/** What went wrong, as a person may read it. */
export function sentenceOf(error: unknown): string {
  return plainText(errorMessage(error));
}

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
