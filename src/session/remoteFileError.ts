import type { RemotePath } from '../base/paths.ts';

export type RemoteFileReason =
  | 'notFound'
  | 'exists'
  | 'notADirectory'
  | 'isADirectory'
  | 'notEmpty'
  | 'noPermissions'
  | 'noSpace'
  | 'invalidName'
  | 'unsupported'
  /** The server cannot be reached, or the user not logged in; `cause` says why. */
  | 'unavailable'
  /** The bytes did not arrive as they were sent: what was there before is still there. */
  | 'damaged';

/** True where the server, or a way for files to it, cannot be reached. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof RemoteFileError && error.reason === 'unavailable';
}

/** What a workspace is told when an operation on a path fails. The message is a sentence. */
export class RemoteFileError extends Error {
  override readonly name = 'RemoteFileError';
  readonly reason: RemoteFileReason;
  readonly path: RemotePath;
  /** Of an operation on many files: each failure, where the others went on. */
  readonly failures: readonly RemoteFileError[] | undefined;

  constructor(
    reason: RemoteFileReason,
    path: RemotePath,
    message: string,
    options: ErrorOptions & { readonly failures?: readonly RemoteFileError[] } = {},
  ) {
    super(message, options);
    this.reason = reason;
    this.path = path;
    this.failures = options.failures;
  }
}
