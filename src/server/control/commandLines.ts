import { raceAbort } from '../../base/abort.ts';
import { concatBytes, noBytes } from '../../base/bytes.ts';
import { latin1 } from '../../ftp/grammar/charset/charset.ts';
import { type Command, parseCommandLine } from '../../ftp/grammar/command.ts';
import { TelnetFilter } from '../../ftp/grammar/telnet.ts';

const LF = 0x0a;
const CR = 0x0d;
const IAC = 0xff;

// The longest pathname of Linux, 4096 bytes, and a verb; twice that is no honest command.
const maxLineLength = 8 * 1024;

/** A line that came: its command, or that it is none. */
export type CommandLine = Command | 'unreadable';

/** Cuts the bytes of a control connection into command lines, however they were chunked. */
export class CommandLines {
  readonly #telnet: Pick<TelnetFilter, 'push'>;
  /** Came, and not cut yet. */
  #bytes: Uint8Array = noBytes;
  /** Of a line whose end has not come. */
  #pieces: Uint8Array[] = [];
  #size = 0;

  constructor({ ignoresTelnet = false }: { readonly ignoresTelnet?: boolean } = {}) {
    this.#telnet = ignoresTelnet ? { push: (chunk) => chunk } : new TelnetFilter();
  }

  /** Something came that has not been handed out as a line. */
  get partial(): boolean {
    return this.#size > 0 || this.#bytes.length > 0;
  }

  /** Takes the next bytes; to be called when `next` has no line left. */
  push(chunk: Uint8Array): void {
    this.#bytes = this.#telnet.push(chunk);
  }

  /**
   * The next line that came whole: one at a time, so that nobody's chunk keeps others waiting. Throws
   * `RangeError` when a line passes its bound; the connection is of no use afterwards.
   */
  next(): CommandLine | undefined {
    const end = this.#bytes.indexOf(LF);
    this.#keep(end < 0 ? this.#bytes : this.#bytes.subarray(0, end));
    this.#bytes = end < 0 ? noBytes : this.#bytes.subarray(end + 1);
    return end < 0 ? undefined : this.#take();
  }

  #keep(piece: Uint8Array): void {
    this.#size += piece.length;
    if (this.#size > maxLineLength) throw new RangeError('The command line is too long');
    if (piece.length > 0) this.#pieces.push(piece);
  }

  #take(): CommandLine {
    const line = concatBytes(this.#pieces);
    this.#pieces = [];
    this.#size = 0;
    // RFC 959, 4.1.3, ABOR: sent with Telnet IP and Synch. The urgent byte of Synch does not come in
    // the stream, so that its IAC stands alone before the verb.
    const start = line[0] === IAC ? 1 : 0;
    const end = line.at(-1) === CR ? -1 : undefined;
    return parseCommandLine(latin1.decode(line.subarray(start, end))) ?? 'unreadable';
  }
}

/** A line in the queue. ABOR, overtaking it, may have made it void. */
export interface Queued {
  readonly line: CommandLine;
  aborted: boolean;
}

/** The commands that a client has sent ahead. One reader and one writer. */
export class CommandQueue {
  readonly #lines: Queued[] = [];
  #ended = false;
  #arrival: (() => void) | undefined;
  #room: (() => void) | undefined;

  get size(): number {
    return this.#lines.length;
  }

  has(verb: string): boolean {
    return this.#lines.some(({ line }) => line !== 'unreadable' && line.verb === verb);
  }

  push(line: CommandLine): void {
    this.#lines.push({ line, aborted: false });
    this.#arrival?.();
  }

  /** All that waits is part of what ABOR takes back. */
  abort(): void {
    for (const queued of this.#lines) queued.aborted = true;
  }

  /** No more lines come; those that wait are still handed out. */
  end(): void {
    this.#ended = true;
    this.#arrival?.();
  }

  /** The next line, if one is there. */
  take(): Queued | undefined {
    const next = this.#lines.shift();
    this.#room?.();
    return next;
  }

  /** Resolves when a line is there, or none will come. Rejects with the signal. */
  async arrival(signal: AbortSignal): Promise<void> {
    if (this.#lines.length > 0 || this.#ended) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#arrival = resolve;
    await raceAbort(promise, signal);
  }

  /** Resolves when a line was taken, or nobody will take one any more. */
  async taken(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#room = resolve;
    await promise;
  }

  /** Nobody takes lines any more. */
  close(): void {
    this.#room?.();
  }
}
