import type { Deadline } from '../../base/clock.ts';
import { type FtpError, FtpTimeoutError } from '../errors.ts';
import { type ControlOptions, patienceWith } from './controlOptions.ts';
import type { Exchange } from './exchange.ts';

/** The deadline of the reply that is to come next. */
export class ReplyWatch implements Disposable {
  readonly #options: ControlOptions;
  readonly #onLate: (failure: FtpError) => void;
  #deadline: Deadline | undefined;

  constructor(options: ControlOptions, onLate: (failure: FtpError) => void) {
    this.#options = options;
    this.#onLate = onLate;
  }

  /** From now on this one is to be answered, or none. */
  begin(exchange: Exchange | undefined): void {
    this[Symbol.dispose]();
    if (!exchange) return;
    const { current } = exchange;
    const what = current ? `the reply to ${current.verb}` : 'the greeting';
    const deadline = this.#options.clock.deadline(patienceWith(current, this.#options), what);
    this.#deadline = deadline;
    // Who has never greeted in all that time will not the next time either.
    const isHopeless = !current && this.#options.greetsSoon !== true;
    const failure = new FtpTimeoutError(what, isHopeless ? { remedy: 'none' } : {});
    deadline.signal.addEventListener('abort', () => this.#onLate(failure));
  }

  /** The server has said that it takes longer. */
  restart(): void {
    this.#deadline?.restart();
  }

  [Symbol.dispose](): void {
    this.#deadline?.[Symbol.dispose]();
    this.#deadline = undefined;
  }
}
