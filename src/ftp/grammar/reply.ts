import { concatBytes } from '../../base/bytes.ts';
import type { Charset } from './charset/charset.ts';
import type { Command } from './command.ts';
import { GrammarError } from './grammarError.ts';
import { IAC, TelnetFilter } from './telnet.ts';

/** RFC 959, 4.2.1: what the first digit of a reply says. */
export type ReplyClass =
  | 'preliminary'
  | 'completion'
  | 'intermediate'
  | 'transientNegative'
  | 'permanentNegative';

const replyClasses: readonly ReplyClass[] = [
  'preliminary',
  'completion',
  'intermediate',
  'transientNegative',
  'permanentNegative',
];

export interface Reply {
  readonly code: number;
  readonly replyClass: ReplyClass;
  /** The text of every line, the code and separator taken off. */
  readonly lines: readonly string[];
  /**
   * Bytes 255 came with it. Some servers double them in one reply and not in another (vsftpd 3.0.3
   * in 257 and in the lines of STAT): names in it may have lost letters.
   */
  readonly holdsIac?: true;
  /** No server sent it: the command was not sent, and this stands for its reply. */
  readonly notSent?: true;
}

/** The class of a code from 100 to 599; `undefined` for any other number. */
export function replyClassOf(code: number): ReplyClass | undefined {
  return replyClasses[Math.floor(code / 100) - 1];
}

// What a server says is shown to people: no escape sequence may act, no letter may turn the direction
// of writing.
const deceiving = /[\p{Cc}\p{Bidi_Control}]/gu;

/** The text of all lines in one, for people. */
export function replyText(reply: Reply): string {
  return reply.lines.join(' ').replaceAll(deceiving, ' ').trim();
}

// No user reads more; a reply may be as long as a listing.
const longestQuote = 1_000;

/** The reply as messages and errors quote it: "550 No such file". */
export function quoteReply(reply: Reply): string {
  const quoted = `${reply.code} ${replyText(reply)}`;
  return quoted.length > longestQuote ? `${quoted.slice(0, longestQuote)}…` : quoted;
}

/** The reply to a command that is not sent to this server: RFC 959, 4.2.1, 502 "not implemented". */
export const replyToOmitted: Reply = {
  code: 502,
  replyClass: 'permanentNegative',
  lines: ['the server does not survive it, or the settings leave it out'],
  notSent: true,
};

// RFC 959, 5.4, and RFC 2228, 3: the commands whose success asks for another command. SITE may want
// anything.
const commandsAnswered3yz: ReadonlySet<string> = new Set([
  'USER',
  'PASS',
  'ACCT',
  'AUTH',
  'ADAT',
  'RNFR',
  'REST',
  'SITE',
]);

const commandsAnsweredByPort: ReadonlySet<string> = new Set([
  'PASV',
  'EPSV',
  'CPSV',
  'SPSV',
  'SITE',
]);

const commandsAnsweredByData: ReadonlySet<string> = new Set([
  'RETR',
  'STOR',
  'STOU',
  'APPE',
  'LIST',
  'NLST',
  'MLSD',
  'STAT',
  'SITE',
]);

/**
 * False where no server answers this command so: the replies are out of step with the commands
 * then.
 */
export function mayAnswer(command: Command, { replyClass, code }: Reply): boolean {
  if (replyClass === 'intermediate') return commandsAnswered3yz.has(command.verb);
  // RFC 959, 5.4, and RFC 2428, 3: only a command that asks for a port is told one.
  if (code === 227 || code === 229) return commandsAnsweredByPort.has(command.verb);
  // RFC 959, 4.2: only a transfer is begun on a data connection; it stands behind this command then.
  if (code === 125 || code === 150) return commandsAnsweredByData.has(command.verb);
  // RFC 959, 5.4: RNFR has no 2yz; nothing is renamed by it alone.
  return !(replyClass === 'completion' && command.verb === 'RNFR');
}

// RFC 3659, 3, 4 and 7, and draft-bryan-ftp-hash.
const codesOfFacts: Readonly<Record<string, number>> = {
  SIZE: 213,
  MDTM: 213,
  HASH: 213,
  MLST: 250,
};

/**
 * False for a confirmation with another code than the standard has for the question. Servers may have
 * codes of their own; where other commands are under way, it is more likely theirs.
 */
export function isUsualAnswer({ verb }: Command, { replyClass, code }: Reply): boolean {
  const usual = codesOfFacts[verb];
  return replyClass !== 'completion' || usual === undefined || code === usual;
}

// Every reply but a listing fits into these lines; a listing would fill the log.
const loggedLines = 40;

/** The lines of a reply as a log shows them. */
export function linesForLog({ code, lines }: Reply): readonly string[] {
  const left = lines.length - loggedLines;
  const shown = left > 1 ? [...lines.slice(0, loggedLines), `(${left} more lines)`] : lines;
  return shown.map((line) => `${code} ${line}`);
}

/** How long a reply may be: beyond it the reply is an attack, or not FTP. */
export interface ReplyBounds {
  /** Bytes in one line. */
  readonly line: number;
  /** Bytes in one reply, all lines together. */
  readonly reply: number;
  /** Lines in one reply: each takes more room than its bytes. */
  readonly lines: number;
}

// A line of a listing inside a STAT reply can be long; no honest line comes near 64 KiB. A STAT of
// a folder with a hundred thousand names has some hundred bytes for each.
export const defaultReplyBounds: ReplyBounds = {
  line: 64 * 1024,
  reply: 32 * 1024 * 1024,
  lines: 250_000,
};

/** For all replies but listings: the longest welcome and the longest list of features fit into it. */
export const shortReplyBounds: ReplyBounds = {
  line: 64 * 1024,
  reply: 64 * 1024,
  lines: 10_000,
};

const LF = 0x0a;
const CR = 0x0d;

// "213 " or "213-": enough to see whether a line can begin a reply.
const replyHeadLength = 4;

// RFC 959, 4.2.2: system, directory and file status.
const listingCodes: ReadonlySet<number> = new Set([211, 212, 213]);

/**
 * Cuts the bytes of a control connection into replies, however they were chunked. Throws
 * `GrammarError` for bytes that are no reply or pass the bounds; the parser is not used afterwards.
 */
export class ReplyParser {
  /** They depend on the command that is being answered. */
  bounds: ReplyBounds;
  readonly #charset: () => Charset;
  readonly #telnet = new TelnetFilter();
  #holdsIac = false;
  #pieces: Uint8Array[] = [];
  #lineSize = 0;
  #replySize = 0;
  #code: number | undefined;
  #lines: string[] = [];

  /** The charset is asked for at each line: a session may agree on another one later. */
  constructor(charset: () => Charset, bounds: ReplyBounds = defaultReplyBounds) {
    this.#charset = charset;
    this.bounds = bounds;
  }

  /** Nothing stands between two replies: no half line, no half reply. */
  get idle(): boolean {
    return this.#lineSize === 0 && this.#code === undefined && this.#telnet.idle;
  }

  push(chunk: Uint8Array): Reply[] {
    const replies: Reply[] = [];
    // Cut before each IAC, so that it is known in which reply it stands.
    for (let from = 0; from < chunk.length;) {
      if (chunk[from] === IAC) this.#holdsIac = true;
      const next = chunk.indexOf(IAC, from + 1);
      const to = next < 0 ? chunk.length : next;
      const piece = chunk.subarray(from, to);
      const isText = this.#telnet.idle && piece[0] !== IAC;
      this.#cut(isText ? piece : this.#telnet.push(piece), replies);
      from = to;
    }
    return replies;
  }

  #cut(bytes: Uint8Array, replies: Reply[]): void {
    let from = 0;
    for (;;) {
      const end = bytes.indexOf(LF, from);
      if (end < 0) break;
      this.#keep(bytes.subarray(from, end));
      from = end + 1;
      const reply = this.#takeLine(bytes.subarray(from, from + replyHeadLength));
      if (!reply) continue;
      replies.push(this.#holdsIac ? { ...reply, holdsIac: true } : reply);
      this.#holdsIac = false;
    }
    this.#keep(bytes.subarray(from));
  }

  #keep(piece: Uint8Array): void {
    const { line, reply } = this.bounds;
    this.#lineSize += piece.length;
    if (this.#lineSize > line) {
      throw new GrammarError(`A line of a reply is longer than ${line} bytes`);
    }
    if (this.#replySize + this.#lineSize > reply) {
      throw new GrammarError(`A reply is longer than ${reply} bytes`);
    }
    if (piece.length > 0) this.#pieces.push(piece);
  }

  #takeLine(behind: Uint8Array): Reply | undefined {
    const raw = concatBytes(this.#pieces);
    const line = raw.at(-1) === CR ? raw.subarray(0, -1) : raw;
    this.#replySize += this.#lineSize + 1;
    this.#pieces = [];
    this.#lineSize = 0;
    if (line.includes(0)) throw new GrammarError('A reply contains a NUL byte');
    return this.#addLine(this.#charset().decode(line), behind);
  }

  // RFC 959, 4.2: "the last line will begin with the same code, followed immediately by Space";
  // a line between may begin with anything, another code included.
  #addLine(line: string, behind: Uint8Array): Reply | undefined {
    // Some servers put a line without a letter between two replies; it can be mistaken for nothing.
    if (this.#code === undefined && /^[ \t]*$/.test(line)) return undefined;
    const head = /^(\d{3})(?:([ -])|$)/.exec(line);
    if (this.#code === undefined) {
      const code = Number(head?.[1]);
      if (!head || !replyClassOf(code)) {
        throw new GrammarError(`Not an FTP reply: ${JSON.stringify(line.slice(0, 80))}`);
      }
      this.#lines.push(line.slice(4));
      if (head[2] !== '-') return this.#finish(code);
      this.#code = code;
      return undefined;
    }
    const { lines } = this.bounds;
    if (this.#lines.length >= lines) {
      throw new GrammarError(`A reply has more than ${lines} lines`);
    }
    const sameCode = Number(head?.[1]) === this.#code;
    const endsHere = sameCode && head?.[2] !== '-' && !this.#goesOn(behind);
    this.#lines.push(sameCode && (endsHere || head?.[2] === '-') ? line.slice(4) : line);
    return endsHere ? this.#finish(this.#code) : undefined;
  }

  // A listing in a reply to STAT may hold a name with a line break, and behind it what looks like the
  // last line: where it is followed by what begins no reply, it was not the last one.
  #goesOn(behind: Uint8Array): boolean {
    if (this.#code === undefined || !listingCodes.has(this.#code)) return false;
    if (behind.length < replyHeadLength) return false;
    return !/^(?:[1-5]\d\d[ \r\n-]|[ \t]*[\r\n])/.test(String.fromCharCode(...behind));
  }

  #finish(code: number): Reply {
    const lines = this.#lines;
    this.#code = undefined;
    this.#lines = [];
    this.#replySize = 0;
    return { code, replyClass: replyClassOf(code) ?? 'permanentNegative', lines };
  }
}
