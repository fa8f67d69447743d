import type { RemotePath } from '../base/paths.ts';
import { ConnectionError, FtpError, LoginError, ReplyError, TransferError } from '../ftp/errors.ts';
import type { EntryType } from '../ftp/grammar/entry.ts';
import { RemoteFileError, type RemoteFileReason } from './remoteFileError.ts';

/** What somebody wanted of a path: a 550 means another thing each time. */
export type Intent =
  | 'connect'
  | 'stat'
  | 'list'
  | 'read'
  | 'write'
  | 'createDirectory'
  | 'deleteFile'
  | 'deleteDirectory'
  | 'rename'
  | 'changeMode'
  | 'setModified'
  | 'copy';

/** What a fresh listing of the parent shows; `undefined` when it could not be had. */
export type Found = EntryType | 'absent' | 'occupied' | 'noFolder' | 'belowFile' | undefined;

const wanted: Readonly<Record<Intent, string>> = {
  connect: 'connecting to the server for',
  stat: 'looking at',
  list: 'listing',
  read: 'reading',
  write: 'writing',
  createDirectory: 'creating the folder',
  deleteFile: 'deleting',
  deleteDirectory: 'deleting the folder',
  rename: 'renaming',
  changeMode: 'changing the permissions of',
  setModified: 'setting the time of',
  copy: 'copying',
};

/** "reading /a", for the log. */
export function describeRequest({
  intent,
  path,
}: {
  readonly intent: Intent;
  readonly path: RemotePath;
}): string {
  return `${wanted[intent]} ${path}`;
}

/** True when a reply says too little and the parent's listing is to be looked at. */
export function needsALook(error: FtpError): boolean {
  const cause = innermost(error);
  if (!(cause instanceof ReplyError)) return false;
  const { code, replyClass } = cause.reply;
  return code === 450 || (replyClass === 'permanentNegative' && !(code in plainReasons));
}

// A transfer that broke off says why in its cause: 552 in the middle of a STOR.
function innermost(error: FtpError): FtpError {
  return error instanceof TransferError && error.cause instanceof FtpError ? error.cause : error;
}

/** True when the server, or we for it, said that there is no such thing or that it may not be had. */
export function saysNo(error: unknown): boolean {
  if (error instanceof RemoteFileError)
    return error.reason !== 'unavailable' && error.reason !== 'damaged';
  return (
    error instanceof ReplyError &&
    (error.reply.replyClass === 'permanentNegative' || error.reply.code === 450)
  );
}

/** What somebody is asked for; `undefined` where the answer is no. */
export async function silentWhereNo<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (saysNo(error)) return undefined;
    throw error;
  }
}

/** The engine's error in the words of a file system; it stays the cause. */
export function translateFtpError(
  error: FtpError,
  { intent, path, found }: { intent: Intent; path: RemotePath; found?: Found },
): RemoteFileError {
  const told = innermost(error);
  const reason = told instanceof ReplyError ? reasonOf(told, intent, found) : reasons[told.kind];
  const because = becauseOf(told, intent, reason) ?? becauses[reason];
  const message = `${explanation(because, intent, path, found)}. ${error.message}`;
  return new RemoteFileError(reason, path, message, { cause: error });
}

/** What is true of the error, where its reason would say more than is known. */
function becauseOf(error: FtpError, intent: Intent, reason: RemoteFileReason): string | undefined {
  if (error instanceof ReplyError) {
    return reason === 'unavailable' ? becauseOfReply(error.reply.code) : undefined;
  }
  if (error instanceof ConnectionError) return becauseOfConnection(error);
  if (error instanceof LoginError) {
    return error.remedy === 'none'
      ? 'the server does not let us in'
      : 'the server does not let us in now';
  }
  if (error instanceof TransferError && intent === 'read') {
    return 'its bytes did not arrive whole, or it changes while it is read';
  }
  return becausesOfKind[error.kind];
}

// RFC 959, 4.2.1: 4yz is no lasting refusal; the server itself is there.
function becauseOfReply(code: number): string {
  if (code === 421) return 'the server closes the session';
  return code === 530 ? 'the server wants a login for it' : 'the server cannot do it now';
}

function becauseOfConnection({ on, proxy, reason }: ConnectionError): string {
  // Folders may still be seen, by STAT: the server itself is there.
  if (reason === 'noDataPath') return 'no data port that may be used leads to the server';
  if (proxy !== undefined) return 'the proxy does not lead to the server';
  return on === 'data'
    ? 'the data connection to the server broke, or did not come about'
    : 'the connection to the server broke, or did not come about';
}

const becausesOfKind: { readonly [K in FtpError['kind']]?: string } = {
  // A name that no command can carry: the server has not seen it.
  argument: 'its name cannot be sent to the server',
  protocol: 'what the server said is not what may be said there',
  tls: 'there is no connection to the server that could be trusted',
  timeout: 'the server did not answer in time',
};

const reasons: Readonly<Record<FtpError['kind'], RemoteFileReason>> = {
  argument: 'invalidName',
  reply: 'noPermissions',
  login: 'unavailable',
  protocol: 'unavailable',
  connection: 'unavailable',
  tls: 'unavailable',
  timeout: 'unavailable',
  transfer: 'damaged',
};

// RFC 959, 4.2.2: the replies whose code alone says it.
const plainReasons: Readonly<Record<number, RemoteFileReason>> = {
  452: 'noSpace',
  530: 'unavailable',
  532: 'noPermissions',
  552: 'noSpace',
};

function reasonOf(
  { reply, unsupported }: ReplyError,
  intent: Intent,
  found: Found,
): RemoteFileReason {
  const plain = plainReasons[reply.code];
  if (plain) return plain;
  const byLook = found === undefined ? undefined : meanings[intent]?.[found];
  if (byLook) return byLook;
  if (reply.replyClass === 'transientNegative') return 'unavailable';
  if (unsupported) return reply.code === 501 ? 'invalidName' : 'unsupported';
  // RFC 959, 4.2.2: "553 Requested action not taken. File name not allowed." To a STOR, though,
  // vsftpd, Pure-FTPd and the ftpds of BSD say it of every file that they could not open.
  if (reply.code === 553 && found === 'absent' && intent !== 'write') return 'invalidName';
  return 'noPermissions';
}

const meanings: Readonly<
  Record<Intent, { readonly [F in NonNullable<Found>]?: RemoteFileReason }>
> = {
  connect: {},
  stat: { absent: 'notFound', noFolder: 'notFound', belowFile: 'notFound' },
  list: { absent: 'notFound', noFolder: 'notFound', belowFile: 'notFound', file: 'notADirectory' },
  read: {
    absent: 'notFound',
    noFolder: 'notFound',
    belowFile: 'notFound',
    directory: 'isADirectory',
  },
  write: { noFolder: 'notFound', belowFile: 'notADirectory', directory: 'isADirectory' },
  createDirectory: {
    noFolder: 'notFound',
    belowFile: 'notADirectory',
    file: 'exists',
    directory: 'exists',
    symlink: 'exists',
    other: 'exists',
  },
  deleteFile: {
    absent: 'notFound',
    noFolder: 'notFound',
    belowFile: 'notFound',
    directory: 'isADirectory',
  },
  deleteDirectory: {
    absent: 'notFound',
    noFolder: 'notFound',
    belowFile: 'notFound',
    file: 'notADirectory',
    occupied: 'notEmpty',
  },
  rename: { absent: 'notFound', noFolder: 'notFound' },
  changeMode: { absent: 'notFound', noFolder: 'notFound' },
  setModified: { absent: 'notFound', noFolder: 'notFound' },
  copy: { absent: 'notFound', noFolder: 'notFound' },
};

function explanation(because: string, intent: Intent, path: RemotePath, found: Found): string {
  const subject = `${describeRequest({ intent, path })} failed`;
  const start = subject[0]?.toUpperCase() + subject.slice(1);
  if (found === 'belowFile') return `${start}: a part of its path is a file and no folder`;
  return `${start}: ${found === 'noFolder' ? 'its folder does not exist' : because}`;
}

const becauses: Readonly<Record<RemoteFileReason, string>> = {
  notFound: 'it does not exist',
  exists: 'it exists already',
  notADirectory: 'it is not a folder',
  isADirectory: 'it is a folder',
  notEmpty: 'it is not empty',
  noPermissions: 'the server does not allow it',
  noSpace: 'there is no room left on the server',
  invalidName: 'the server does not accept the name',
  unsupported: 'the server cannot do it',
  unavailable: 'the server is not available',
  damaged: 'the bytes did not arrive whole',
};

/** For what we refuse ourselves: the same sentence, without a reply. `because` says why, where the reason alone would not be true. */
export function refusal(
  reason: RemoteFileReason,
  intent: Intent,
  path: RemotePath,
  because?: string,
): RemoteFileError {
  const [general, more] = [becauses[reason], because ?? ''];
  const why = reason === 'damaged' && more !== '' ? `${general}: ${more}` : more || general;
  return new RemoteFileError(reason, path, `${explanation(why, intent, path, undefined)}.`);
}
