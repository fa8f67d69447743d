import type { Command } from '../grammar/command.ts';
import type { Reply } from '../grammar/reply.ts';

export interface ExchangeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called when its first command goes out; until then the signal takes it back without a trace. */
  readonly onSent?: () => void;
  /** Called for each 1yz reply before the final one; there may be any number of them. */
  readonly onPreliminary?: (reply: Reply) => void;
  /** Called when a 3yz reply lets the next command of a sequence go out. */
  readonly onIntermediate?: (reply: Reply) => void;
  /** Nothing is sent behind it before it is answered, however deep the pipeline. */
  readonly barrier?: boolean;
  /**
   * Goes out in the same go as the command before it, however deep the pipeline: a question whose
   * answer tells what became of that.
   */
  readonly companion?: boolean;
  /**
   * After a 1yz reply the final one may take as long as a file takes to move: whoever moves it
   * watches its progress, and the reply's deadline ends.
   */
  readonly transfers?: boolean;
}

/**
 * Commands that are answered one by one and belong together (RNFR and RNTO, REST and RETR), and
 * what becomes of them. `commands` is empty for the greeting, which answers no command.
 */
export class Exchange {
  readonly commands: readonly Command[];
  readonly options: ExchangeOptions;
  readonly #outcome: PromiseWithResolvers<Reply> = Promise.withResolvers<Reply>();
  #answered = 0;
  /** The 1yz replies so far. */
  preliminaries = 0;
  /** Nobody waits for it any more; its replies still take their places in the order. */
  abandoned = false;

  constructor(commands: readonly Command[], options: ExchangeOptions) {
    this.commands = commands;
    this.options = options;
    // Whoever made it may have left before it fails.
    this.#outcome.promise.catch(() => {});
  }

  get outcome(): Promise<Reply> {
    return this.#outcome.promise;
  }

  /** The command that is answered next; `undefined` for the greeting. */
  get current(): Command | undefined {
    return this.commands[this.#answered];
  }

  get isBarrier(): boolean {
    return this.options.barrier === true || this.commands.length > 1;
  }

  /** Its last command is out: what stands behind it cannot come between. */
  get isWhollySent(): boolean {
    return this.#answered >= this.commands.length - 1;
  }

  /**
   * Takes a final reply. Returns the command that has to be sent next, `done`, or `left` where the
   * server waits for a command that nobody wants to say any more.
   */
  answer(reply: Reply): Command | 'done' | 'left' {
    this.#answered += 1;
    const next = this.current;
    // RFC 959, 4.2: only 3yz asks for the next command of a sequence.
    if (next && reply.replyClass === 'intermediate') {
      // RNTO must not follow a cancelled RNFR, and ProFTPD 1.3.8 takes nothing else behind one.
      if (this.abandoned) return 'left';
      this.options.onIntermediate?.(reply);
      return next;
    }
    this.#outcome.resolve(reply);
    return 'done';
  }

  fail(error: unknown): void {
    this.#outcome.reject(error);
  }
}

/** True while an exchange has to wait for those that were sent before it. */
export function isHeldUp(next: Exchange, sent: readonly Exchange[], depth: number): boolean {
  if (next.options.companion === true) return !sent.every(({ isWhollySent }) => isWhollySent);
  const isAtBarrier =
    sent.some(({ isBarrier }) => isBarrier) || (next.isBarrier && sent.length > 0);
  return isAtBarrier || sent.length >= depth;
}
