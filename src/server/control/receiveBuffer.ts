/**
 * Bytes that have come and were not read yet. Tells when it holds too many, and when there is room
 * again.
 */
export class ReceiveBuffer {
  readonly #limit: number;
  readonly #flow: (state: 'full' | 'room') => void;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #full = false;
  #end: 'open' | 'ended' | Error = 'open';
  #waiting: (() => void) | undefined;

  constructor(limit: number, flow: (state: 'full' | 'room') => void) {
    this.#limit = limit;
    this.#flow = flow;
  }

  get size(): number {
    return this.#size;
  }

  /** Nothing more comes: the peer has ended its bytes, or the connection broke. */
  get over(): boolean {
    return this.#end !== 'open';
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (!this.#full && this.#size > this.#limit) {
      this.#full = true;
      this.#flow('full');
    }
    this.#wake();
  }

  /** The end, after the bytes that are still inside. Only the first call counts. */
  end(error?: Error): void {
    if (this.#end === 'open') this.#end = error ?? 'ended';
    this.#wake();
  }

  /** The next bytes; `undefined` at their end. Rejects when the connection broke. One reader only. */
  async read(): Promise<Uint8Array | undefined> {
    while (this.#chunks.length === 0 && this.#end === 'open') {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting = resolve;
      await promise;
    }
    const chunk = this.readNow();
    if (!chunk && this.#end instanceof Error) throw this.#end;
    return chunk;
  }

  /** The next bytes, if some have come. */
  readNow(): Uint8Array | undefined {
    const chunk = this.#chunks.shift();
    if (!chunk) return undefined;
    this.#size -= chunk.length;
    if (this.#full && this.#size <= this.#limit / 2) {
      this.#full = false;
      this.#flow('room');
    }
    return chunk;
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }
}
