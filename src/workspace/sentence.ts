import * as vscode from 'vscode';
import { errorMessage } from '../base/errorMessage.ts';
import { visibleText, withoutLinks } from '../base/visibleText.ts';
import { RemoteFileError, type RemoteFileReason } from '../session/remoteFileError.ts';

/** A text from a server or a user, for a notification, a question or a prompt: shown as text only. */
export function plainText(text: string): string {
  return withoutLinks(visibleText(text));
}

/** What went wrong, for the user to read. */
export function sentenceOf(error: unknown): string {
  return plainText(errorMessage(error));
}

// VS Code uses the kind only to choose what it does next. The user reads the sentence.
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

/** The error in VS Code's own kind, with our sentence and the name of the site in front. */
export function toFileSystemError(error: unknown, siteName: string): vscode.FileSystemError {
  if (error instanceof vscode.FileSystemError) return error;
  const kind = error instanceof RemoteFileError ? kinds[error.reason] : 'Unavailable';
  return vscode.FileSystemError[kind](`${plainText(siteName)}: ${sentenceOf(error)}`);
}
