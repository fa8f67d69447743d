import { RemoteFileError } from '../session/remoteFileError.ts';
import { Failure } from './failure.ts';
import type { Site } from './site.ts';
import type { Terminal } from './terminal.ts';

/** What became of the files of one command: each that fails is told, and the others go on. */
export class Tally {
  readonly #terminal: Terminal;
  #failed = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  get complete(): boolean {
    return this.#failed === 0;
  }

  fail(sentence: string): void {
    this.#failed += 1;
    this.#terminal.tell(sentence);
  }

  /** It was left out on purpose, which is no failure. */
  skip(sentence: string): void {
    this.#terminal.tell(sentence);
  }

  /**
   * Does one thing of many. Rejects only where all that follow would fail too: after a cancel, and
   * when the server cannot be had any more.
   */
  async attempt(site: Site, act: () => Promise<void>): Promise<'done' | 'failed'> {
    try {
      await act();
      return 'done';
    } catch (error) {
      site.signal.throwIfAborted();
      this.fail(site.sentence(error));
      if (!(error instanceof RemoteFileError && error.reason === 'unavailable')) return 'failed';
    }
    try {
      await site.connect();
      return 'failed';
    } catch (error) {
      site.signal.throwIfAborted();
      throw new Failure(`What is left was not tried. ${site.sentence(error)}`, { cause: error });
    }
  }
}
