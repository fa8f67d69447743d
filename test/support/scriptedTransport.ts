import { raceAbort } from '../../src/base/abort.ts';
import type { Endpoint } from '../../src/ftp/grammar/endpoint.ts';
import type { Transport } from '../../src/ftp/net/transport.ts';

const local: Endpoint = { host: '192.0.2.1', port: 50_000, family: 4 };
const remote: Endpoint = { host: '192.0.2.2', port: 21, family: 4 };

/** A transport whose other end is the test: `read` gives what the test says, and writes are kept. */
export class ScriptedTransport implements Transport {
  readonly local: Endpoint = local;
  readonly remote: Endpoint = remote;
  readonly protection = undefined;
  /** Each write by itself, as text. */
  readonly writes: string[] = [];
  destroyed = false;
  readonly #said: (Uint8Array | 'end')[] = [];
  #wake: () => void = () => {};

  get buffered(): number {
    return this.#said.length;
  }

  say(text: string): void {
    this.#said.push(Buffer.from(text, 'latin1'));
    this.#wake();
  }

  hangUp(): void {
    this.#said.push('end');
    this.#wake();
  }

  async read(signal?: AbortSignal): Promise<Uint8Array | undefined> {
    for (;;) {
      const next = this.#said.shift();
      if (next !== undefined) return next === 'end' ? undefined : next;
      if (this.destroyed) throw new Error('The connection is closed');
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await raceAbort(promise, signal);
    }
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.writes.push(Buffer.from(chunk).toString('latin1'));
  }

  async end(): Promise<void> {}

  destroy(): void {
    this.destroyed = true;
    this.#wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.destroy();
  }
}
