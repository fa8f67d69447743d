import { raceAbort } from '../../base/abort.ts';
import type { CommandLine } from './commandLines.ts';

/** A line in the queue. ABOR, overtaking it, may have made it void. */
export interface Queued {
  readonly line: CommandLine;
  aborted: boolean;
}

/** The commands that a client has sent ahead. One reader and one writer. */
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

  /** All that waits is part of what ABOR takes back. */
  abort(): void {
    for (const queued of this.#lines) queued.aborted = true;
  }

  /** No more lines come; those that wait are still handed out. */
  end(): void {
    this.#ended = true;
    this.#arrival?.();
  }

  /** The next line, if one is there. */
  take(): Queued | undefined {
    const next = this.#lines.shift();
    this.#room?.();
    return next;
  }

  /** Resolves when a line is there, or none will come. Rejects with the signal. */
  async arrival(signal: AbortSignal): Promise<void> {
    if (this.#lines.length > 0 || this.#ended) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#arrival = resolve;
    await raceAbort(promise, signal);
  }

  /** Resolves when a line was taken, or nobody will take one any more. */
  async taken(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#room = resolve;
    await promise;
  }

  /** Nobody takes lines any more. */
  close(): void {
    this.#room?.();
  }
}
