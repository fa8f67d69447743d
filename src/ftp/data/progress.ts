import { onAbort, raceAbort } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import type { Timeouts } from '../options.ts';
import type { TransferExchange } from './transferExchange.ts';

// How long a file may be silent after its final reply before it is asked whether it was whole. The
// bytes come on another connection than the reply, so they may be a little late.
const quietMs = 1_000;

/**
 * Watches that a transfer goes on. Waiting ends when the bytes come, when the server gives up, when
 * the caller does, or when nothing moves for too long. Only waiting counts: a slow reader of the
 * bytes is not a slow server.
 */
export class Progress implements Disposable {
  readonly #clock: Clock;
  readonly #stallMs: number;
  readonly #ended = new AbortController();
  readonly #finalCame = new AbortController();
  readonly #listening: Disposable;
  #patient = false;

  constructor(exchange: TransferExchange, clock: Clock, timeouts: Timeouts, signal: AbortSignal) {
    this.#clock = clock;
    this.#stallMs = timeouts.stall;
    this.#listening = onAbort(signal, (reason) => this.#ended.abort(reason));
    exchange.final().then(
      () => this.#finalCame.abort('final'),
      (error: unknown) => this.#ended.abort(error),
    );
  }

  /** The server has said that all is well, so nothing but late bytes is still to come. */
  get finalCame(): boolean {
    return this.#finalCame.signal.aborted;
  }

  /** Waits for what is not the server's to give, so as long as it takes. */
  async waitForCaller<T>(giving: Promise<T>): Promise<T> {
    return await raceAbort(giving, this.#ended.signal);
  }

  /** Waits for bytes to move, for as long as they may take. */
  async wait<T>(moving: Promise<T>): Promise<T> {
    using stall = this.#clock.deadline(this.#stallMs, 'bytes of the file', this.#ended.signal);
    return await raceAbort(moving, stall.signal);
  }

  /** The same, but when the final reply is there and no byte follows for a while: `quiet`. */
  async waitOrQuiet<T>(moving: Promise<T>): Promise<T | 'quiet'> {
    if (this.#patient) return await this.wait(moving);
    const finalCame = this.#finalCame.signal;
    try {
      return await this.wait(raceAbort(moving, finalCame));
    } catch (error) {
      if (error !== finalCame.reason || !finalCame.aborted) throw error;
    }
    using quiet = this.#clock.deadline(quietMs, 'late bytes', this.#ended.signal);
    try {
      return await raceAbort(moving, quiet.signal);
    } catch (error) {
      if (this.#ended.signal.aborted || error !== quiet.signal.reason) throw error;
      return 'quiet';
    }
  }

  /** The file was not whole when it was quiet: late bytes are waited for like all others. */
  bePatient(): void {
    this.#patient = true;
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }
}
