import { concatBytes } from '../../base/bytes.ts';
import type { Logger } from '../../base/logger.ts';
import { ArgumentError } from '../errors.ts';
import type { Charset } from '../grammar/charset/charset.ts';
import {
  type Command,
  encodeCommand,
  type IacForm,
  isSecret,
  redactedLine,
} from '../grammar/command.ts';
import { GrammarError } from '../grammar/grammarError.ts';
import { linesForLog, type Reply } from '../grammar/reply.ts';

// ProFTPD and Pure-FTPd read 4 KiB of a TLS record and stall on the rest: a batch stays far below.
const maxBatchBytes = 1024;

// Shorter secrets stand in other words by chance.
const shortestSecret = 3;

export interface LineWriterParts {
  readonly logger: Logger;
  readonly charset: Charset;
  readonly write: (batch: Uint8Array) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Writes command lines in order, those that wait in one batch, and logs both sides of the
 * conversation. Secrets that were sent are kept out of what the server says back: some servers
 * repeat them.
 */
export class LineWriter {
  /** Command lines written so far. */
  written = 0;
  readonly #parts: LineWriterParts;
  readonly #secrets = new Set<string>();
  readonly #waiting: Uint8Array[] = [];
  #writing = false;

  constructor(parts: LineWriterParts) {
    this.#parts = parts;
  }

  /** The bytes of a command; `ArgumentError` where no line can carry its argument. */
  lineOf(command: Command, iac: IacForm): Uint8Array {
    try {
      return encodeCommand(command, this.#parts.charset, iac);
    } catch (error) {
      if (!(error instanceof GrammarError)) throw error;
      throw new ArgumentError(error.message, { cause: error });
    }
  }

  write(command: Command, iac: IacForm): void {
    this.#parts.logger.debug(`> ${redactedLine(command)}`);
    const { argument = '' } = command;
    if (isSecret(command) && argument.length >= shortestSecret) this.#secrets.add(argument);
    this.written += 1;
    this.#waiting.push(this.lineOf(command, iac));
    if (!this.#writing) void this.#flush();
  }

  /** A reply came: it is logged. Returns it with the secrets hidden in the answer to one of them. */
  heard(reply: Reply, command: Command | undefined): Reply {
    // The reply to another command may hold such a word as a name, and is left as it is.
    const mayRepeat = !command || isSecret(command);
    const shown = mayRepeat
      ? { ...reply, lines: reply.lines.map((line) => this.#hide(line)) }
      : reply;
    for (const line of linesForLog(shown)) this.#parts.logger.debug(`< ${this.#hide(line)}`);
    return shown;
  }

  #hide(text: string): string {
    let hidden = text;
    for (const secret of this.#secrets) hidden = hidden.replaceAll(secret, '****');
    return hidden;
  }

  // One write at a time, the next one from the end of the one before: ProFTPD and Pure-FTPd hang
  // when two pending writes are merged into one TLS record.
  async #flush(): Promise<void> {
    this.#writing = true;
    // What is said in one go leaves in one write.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) await this.#parts.write(this.#takeBatch());
    } catch (error) {
      this.#parts.onFailure(error);
    } finally {
      this.#writing = false;
    }
  }

  #takeBatch(): Uint8Array {
    let size = 0;
    const end = this.#waiting.findIndex((line) => (size += line.length) > maxBatchBytes);
    const count = end < 0 ? this.#waiting.length : Math.max(end, 1);
    return concatBytes(this.#waiting.splice(0, count));
  }
}
