import { raceAbort } from '../../base/abort.ts';
import { concatBytes, noBytes } from '../../base/bytes.ts';
import { latin1 } from '../../ftp/grammar/charset/charset.ts';
import { type Command, parseCommandLine } from '../../ftp/grammar/command.ts';
import { TelnetFilter } from '../../ftp/grammar/telnet.ts';

const LF = 0x0a;
const CR = 0x0d;
const IAC = 0xff;

// Linux allows pathnames of 4096 bytes. A line of twice that length is not a real command.
const maxLineLength = 8 * 1024;

/** A line that has come: its command, or that it is not one. */
export type CommandLine = Command | 'unreadable';

/** Cuts the bytes of a control connection into command lines, in whatever pieces they come. */
export class CommandLines {
  readonly #telnet: Pick<TelnetFilter, 'push'>;
  /** Bytes that are not cut into lines yet. */
  #bytes: Uint8Array = noBytes;
  /** The pieces of a line whose end has not come. */
  #pieces: Uint8Array[] = [];
  #size = 0;

  constructor({ ignoresTelnet = false }: { readonly ignoresTelnet?: boolean } = {}) {
    this.#telnet = ignoresTelnet ? { push: (chunk) => chunk } : new TelnetFilter();
  }

  /** Bytes have come that were not returned as a line yet. */
  get partial(): boolean {
    return this.#size > 0 || this.#bytes.length > 0;
  }

  /** Adds the next bytes. Call it when `next` has no line left. */
  push(chunk: Uint8Array): void {
    this.#bytes = this.#telnet.push(chunk);
  }

  /**
   * The next whole line. One at a time, so that a large chunk of one client does not delay the others.
   * Throws `RangeError` when a line is too long; the connection cannot be used afterwards.
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
    // RFC 959, 4.1.3: ABOR is sent with Telnet IP and Synch. The urgent byte of Synch does not come in
    // the stream, so its IAC stands alone before the verb.
    const start = line[0] === IAC ? 1 : 0;
    const end = line.at(-1) === CR ? -1 : undefined;
    return parseCommandLine(latin1.decode(line.subarray(start, end))) ?? 'unreadable';
  }
}

/** A line in the queue. A later ABOR may have cancelled it. */
export interface Queued {
  readonly line: CommandLine;
  aborted: boolean;
}

/** The commands that a client has sent ahead. For one reader and one writer. */
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

  /** ABOR cancels every line that waits. */
  abort(): void {
    for (const queued of this.#lines) queued.aborted = true;
  }

  /** No more lines will come. Those that wait can still be taken. */
  end(): void {
    this.#ended = true;
    this.#arrival?.();
  }

  /** The next line, if there is one. */
  take(): Queued | undefined {
    const next = this.#lines.shift();
    this.#room?.();
    return next;
  }

  /** Resolves when there is a line, or none will come. Rejects with the signal. */
  async arrival(signal: AbortSignal): Promise<void> {
    if (this.#lines.length > 0 || this.#ended) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#arrival = resolve;
    await raceAbort(promise, signal);
  }

  /** Resolves when a line was taken, or the queue was closed. */
  async taken(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#room = resolve;
    await promise;
  }

  /** No more lines will be taken. */
  close(): void {
    this.#room?.();
  }
}
