import { concatBytes } from '../../base/bytes.ts';
import { ArgumentError } from '../errors.ts';
import type { Charset } from '../grammar/charset/charset.ts';
import { type Command, encodeCommand, type IacForm } from '../grammar/command.ts';
import { GrammarError } from '../grammar/grammarError.ts';

// ProFTPD and Pure-FTPd read 4 KiB of a TLS record and stall on the rest: a batch stays far below.
const maxBatchBytes = 1024;

/** The bytes of a command; `ArgumentError` where no line can carry its argument. */
export function lineOf(command: Command, charset: Charset, iac: IacForm): Uint8Array {
  try {
    return encodeCommand(command, charset, iac);
  } catch (error) {
    if (!(error instanceof GrammarError)) throw error;
    throw new ArgumentError(error.message, { cause: error });
  }
}

/** Writes command lines in order, those that wait in one batch. */
export class LineWriter {
  readonly #write: (batch: Uint8Array) => Promise<void>;
  readonly #onFailure: (error: unknown) => void;
  readonly #waiting: Uint8Array[] = [];
  #writing = false;

  constructor(write: (batch: Uint8Array) => Promise<void>, onFailure: (error: unknown) => void) {
    this.#write = write;
    this.#onFailure = onFailure;
  }

  write(line: Uint8Array): void {
    this.#waiting.push(line);
    if (!this.#writing) void this.#flush();
  }

  // One write at a time, the next one from the end of the one before: ProFTPD and Pure-FTPd hang
  // when two pending writes are merged into one TLS record.
  async #flush(): Promise<void> {
    this.#writing = true;
    try {
      while (this.#waiting.length > 0) await this.#write(this.#takeBatch());
    } catch (error) {
      this.#onFailure(error);
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
