interface Awaited {
  readonly verb: string;
  /** What is said in the server's place, which has not heard of the command. */
  readonly feigned?: string;
}

/** A whole reply, and the command that it answers. */
export interface ReadReply {
  readonly bytes: Buffer;
  readonly verb: string;
  readonly preliminary: boolean;
}

// RFC 959, 4.2: one line, or lines up to one that begins with the same code and a blank.
const reply = /^(?:(\d{3})-[^]*?\n\1 |\d{3} )[^\n]*\n/;

/**
 * Reads one control connection in the clear along with its two ends: which commands go up, and to
 * which of them each reply belongs.
 */
export class ControlReader {
  readonly #awaited: Awaited[] = [{ verb: 'CONNECT' }];
  #up = '';
  #down = '';

  /** The whole command lines that are there now. */
  *commands(chunk: Buffer): Generator<{ readonly line: Buffer; readonly verb: string }> {
    this.#up += chunk.toString('latin1');
    for (let end = this.#up.indexOf('\n'); end >= 0; end = this.#up.indexOf('\n')) {
      const line = this.#up.slice(0, end + 1);
      this.#up = this.#up.slice(end + 1);
      yield { line: Buffer.from(line, 'latin1'), verb: /[A-Za-z]+/.exec(line)?.[0] ?? '' };
    }
  }

  /** The server has been sent a command, and will answer. */
  sent(verb: string): void {
    this.#awaited.push({ verb });
  }

  /** A command is answered by us, once its turn comes. */
  feign(verb: string, feigned: string): void {
    this.#awaited.push({ verb, feigned });
  }

  /** The feigned replies whose turn it is. */
  *due(): Generator<string> {
    for (let [next] = this.#awaited; next?.feigned !== undefined; [next] = this.#awaited) {
      this.#awaited.shift();
      yield next.feigned;
    }
  }

  /** The whole replies that are there now, and what they answer. */
  *replies(chunk: Buffer): Generator<ReadReply> {
    this.#down += chunk.toString('latin1');
    for (let found = reply.exec(this.#down); found; found = reply.exec(this.#down)) {
      const [text] = found;
      this.#down = this.#down.slice(text.length);
      const preliminary = text.startsWith('1');
      const verb = this.#awaited[0]?.verb ?? '';
      if (!preliminary) this.#awaited.shift();
      yield { bytes: Buffer.from(text, 'latin1'), verb, preliminary };
    }
  }
}
