import { FolderError, type FolderErrorReason } from '../folder/servedFolder.ts';

/** A reply of the server, and what the server does after it. */
export interface ServerReply {
  readonly code: number;
  readonly lines: readonly string[];
  readonly afterwards?: 'close' | 'startTls' | 'stopTls';
}

/** A reply of one line. */
export function reply(
  code: number,
  text: string,
  afterwards?: ServerReply['afterwards'],
): ServerReply {
  return afterwards ? { code, lines: [text], afterwards } : { code, lines: [text] };
}

/** A reply of several lines. */
export function longReply(
  code: number,
  first: string,
  between: readonly string[],
  last: string,
): ServerReply {
  return { code, lines: [first, ...between, last] };
}

/**
 * The lines as they are sent, each with its CRLF. RFC 959, 4.2: the first and the last line begin with
 * the code; those between are sent as they are.
 */
export function formatReply({ code, lines }: ServerReply): string {
  const last = lines.length - 1;
  return lines
    .map((line, at) => {
      if (at === last) return `${code} ${line}\r\n`;
      return at === 0 ? `${code}-${line}\r\n` : `${line}\r\n`;
    })
    .join('');
}

/** A pathname in a 257 reply. RFC 959, appendix II: quotes inside it are doubled. */
export function quotedPath(path: string): string {
  return `"${path.replaceAll('"', '""')}"`;
}

/** Ends a command with the reply it carries. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reply: ServerReply;

  constructor(code: number, text: string, options?: ErrorOptions) {
    super(`${code} ${text}`, options);
    this.reply = reply(code, text);
  }
}

const folderReplies: Readonly<Record<FolderErrorReason, ServerReply>> = {
  absent: reply(550, 'No such file or folder'),
  exists: reply(550, 'The name exists already'),
  notAFolder: reply(550, 'Not a folder'),
  notAFile: reply(550, 'Not a file'),
  notEmpty: reply(550, 'The folder is not empty'),
  denied: reply(550, 'Permission denied'),
  outside: reply(550, 'It leads out of the served folder'),
  full: reply(452, 'No space left'),
  // RFC 3659, 5: "554 Requested action not taken: invalid REST parameter".
  short: reply(554, 'The file ends before that offset'),
};

/** The reply for an error that a command threw; `undefined` for an unexpected error. */
export function replyTo(error: unknown): ServerReply | undefined {
  if (error instanceof Refusal) return error.reply;
  if (error instanceof FolderError) return folderReplies[error.reason];
  return undefined;
}
