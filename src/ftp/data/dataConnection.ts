import { errorMessage } from '../../base/errorMessage.ts';
import { ConnectionError } from '../errors.ts';
import { type BlockEvent, BlockParser } from '../grammar/block.ts';
import type { Transport } from '../net/transport.ts';
import type { Rung } from '../rung.ts';

/**
 * An open data connection, and what has been read of it. It always belongs to one rung; in block
 * mode it may carry file after file, so what follows a file's end stays here for the next one.
 */
export class DataConnection {
  readonly transport: Transport;
  readonly rung: Rung;
  readonly #blocks = new BlockParser();
  #filling: Promise<'bytes' | 'ended'> | undefined;

  constructor(transport: Transport, rung: Rung) {
    this.transport = transport;
    this.rung = rung;
  }

  /**
   * Waits until there is something to parse, or the peer has ended. One read is under way at most,
   * and it may stay under way while nobody waits: so the end of an idle connection is noticed.
   */
  fill(): Promise<'bytes' | 'ended'> {
    if (!this.#blocks.atBoundary) return Promise.resolve('bytes');
    return this.#fill();
  }

  /** The next event of a file in blocks; `undefined` when the peer has ended its bytes. */
  async nextBlock(): Promise<BlockEvent | undefined> {
    for (;;) {
      const event = this.#blocks.next();
      if (event) return event;
      if ((await this.#fill()) === 'ended') return undefined;
    }
  }

  /** The next bytes of a stream; `undefined` when the peer has ended its bytes. */
  async nextChunk(): Promise<Uint8Array | undefined> {
    try {
      return await this.transport.read();
    } catch (error) {
      throw broken(error);
    }
  }

  async write(chunk: Uint8Array): Promise<void> {
    try {
      await this.transport.write(chunk);
    } catch (error) {
      throw broken(error);
    }
  }

  /** All bytes of the blocks so far, as they came. */
  get taken(): number {
    return this.#blocks.taken;
  }

  /** Between two blocks, with nothing read that has not been handed over. */
  get atBoundary(): boolean {
    return this.#blocks.atBoundary;
  }

  #fill(): Promise<'bytes' | 'ended'> {
    if (!this.#filling) {
      this.#filling = this.#read();
      this.#filling.catch(() => {});
    }
    return this.#filling;
  }

  async #read(): Promise<'bytes' | 'ended'> {
    const chunk = await this.nextChunk();
    if (!chunk) return 'ended';
    this.#blocks.push(chunk);
    this.#filling = undefined;
    return 'bytes';
  }
}

function broken(error: unknown): ConnectionError {
  const message = errorMessage(error);
  return new ConnectionError('data', `The data connection broke: ${message}`, { cause: error });
}
