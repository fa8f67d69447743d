import { raceAbort } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import {
  ConnectionError,
  type FtpError,
  ProtocolError,
  ReplyError,
  toFtpError,
} from '../errors.ts';
import type { Charset } from '../grammar/charset/charset.ts';
import type { Command } from '../grammar/command.ts';
import { isUsualAnswer, mayAnswer, quoteReply, type Reply } from '../grammar/reply.ts';
import type { Omissions } from '../profile/omissions.ts';
import type { Pipelining } from '../profile/pipelining.ts';

export interface ExchangeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called when its first command goes out; until then the signal takes it back without a trace. */
  readonly onSent?: () => void;
  /** Called for each 1yz reply before the final one; there may be any number of them. */
  readonly onPreliminary?: (reply: Reply) => void;
  /** Called when a 3yz reply lets the next command of a sequence go out. */
  readonly onIntermediate?: (reply: Reply) => void;
  /** Nothing is sent behind it before it is answered, however deep the pipeline. */
  readonly barrier?: boolean | (() => boolean);
  /**
   * Goes out without waiting for the reply to the command before it, however deep the pipeline: a
   * question whose answer tells what became of that command.
   */
  readonly companion?: boolean;
  /**
   * True where the commands of a sequence may go out at once: where the first is refused, the server
   * refuses the next one too. It is no barrier then. Asked as late as when its turn has come.
   */
  readonly together?: () => boolean;
  /**
   * After a 1yz reply the final one may take as long as a file takes to move: the caller watches the
   * progress of the data, and the reply's deadline ends.
   */
  readonly transfers?: boolean;
}

const maxPreliminaries = 10;

/**
 * Commands that are answered one by one and belong together (RNFR and RNTO, REST and RETR), and
 * what becomes of them. `commands` is empty for the greeting, which answers no command.
 */
export class Exchange {
  readonly commands: readonly Command[];
  readonly options: ExchangeOptions;
  readonly #outcome: PromiseWithResolvers<Reply> = Promise.withResolvers<Reply>();
  #answered = 0;
  #refusal: Reply | undefined;
  #isTogether: boolean | undefined;
  /** How many commands were unanswered when its first one was sent. */
  sentBehind = 0;
  /** The server has not shown yet that it answers what is sent ahead. */
  isTrial = false;
  #preliminaries = 0;
  /** The caller has given it up; its replies still take their places in the order. */
  abandoned = false;

  constructor(commands: readonly Command[], options: ExchangeOptions) {
    this.commands = commands;
    this.options = options;
    // The caller may have given up before it fails.
    this.#outcome.promise.catch(() => {});
  }

  get outcome(): Promise<Reply> {
    return this.#outcome.promise;
  }

  /** The command that is answered next; `undefined` for the greeting. */
  get current(): Command | undefined {
    return this.commands[this.#answered];
  }

  /** All its commands are sent at once. */
  get isTogether(): boolean {
    return this.#isTogether ?? this.options.together?.() ?? false;
  }

  /** It is sent: the commands that have to be written now. */
  send(): readonly Command[] {
    this.#isTogether = this.isTogether;
    this.options.onSent?.();
    return this.#isTogether ? this.commands : this.commands.slice(0, 1);
  }

  get isBarrier(): boolean {
    const { barrier = false } = this.options;
    if (this.commands.length > 1 && !this.isTogether) return true;
    return typeof barrier === 'function' ? barrier() : barrier;
  }

  /** Its last command is out: what stands behind it cannot come between. */
  get isWhollySent(): boolean {
    return this.isTogether || this.#answered >= this.commands.length - 1;
  }

  /**
   * Takes a final reply. Returns the command that has to be sent next, `goesOn` where that is sent
   * already, `done`, `left` where the server waits for the next command of an exchange that the caller
   * has given up, or `mixedUp` where it did the last step of a sequence whose first it refused.
   */
  answer(reply: Reply): Command | 'goesOn' | 'done' | 'left' | 'mixedUp' {
    this.#answered += 1;
    const next = this.current;
    if (this.isTogether) return this.#answerTogether(reply, next !== undefined);
    // RFC 959, 4.2: only 3yz asks for the next command of a sequence.
    if (next && reply.replyClass === 'intermediate') {
      // RNTO must not follow a cancelled RNFR, and ProFTPD 1.3.8 takes no other command behind one.
      if (this.abandoned) return 'left';
      this.options.onIntermediate?.(reply);
      return next;
    }
    this.#outcome.resolve(reply);
    return 'done';
  }

  #answerTogether(reply: Reply, hasNext: boolean): 'goesOn' | 'done' | 'mixedUp' {
    if (hasNext) {
      if (reply.replyClass === 'intermediate') this.options.onIntermediate?.(reply);
      else this.#refusal ??= reply;
      return 'goesOn';
    }
    if (this.#refusal && reply.replyClass === 'completion') return 'mixedUp';
    this.#outcome.resolve(this.#refusal ?? reply);
    return 'done';
  }

  /**
   * Takes a 1yz reply. `tooMany`: each gives the server its full time again, so that one that sends
   * nothing else would never time out.
   */
  begin(reply: Reply): 'goesOn' | 'tooMany' {
    this.#preliminaries += 1;
    if (this.options.transfers !== true && this.#preliminaries > maxPreliminaries) return 'tooMany';
    this.options.onPreliminary?.(reply);
    return 'goesOn';
  }

  fail(error: unknown): void {
    this.#outcome.reject(error);
  }
}

/**
 * RFC 959, 4.2: every reply answers a command. What is wrong where this one cannot: a reply too many
 * has come, or one too few, and every later reply would go to a wrong command. `isAlone`: no other
 * command is under way.
 */
export function outOfStep(
  exchange: Exchange | undefined,
  reply: Reply,
  { isAlone }: { readonly isAlone: boolean },
): FtpError | undefined {
  if (exchange) {
    const command = exchange.current;
    const isOwn =
      !command || (mayAnswer(command, reply) && (isAlone || isUsualAnswer(command, reply)));
    if (isOwn) return undefined;
    return new ProtocolError(`A reply that cannot answer ${command.verb}: ${quoteReply(reply)}`);
  }
  if (reply.code === 421) return closedByServer(reply);
  return new ProtocolError(`A reply that answers nothing: ${quoteReply(reply)}`);
}

/** RFC 959, 5.4: 421 announces that the server closes the control connection. */
export function closedByServer(reply: Reply): ConnectionError {
  return new ConnectionError('control', `The server closed the session: ${quoteReply(reply)}`);
}

/** What ended the control connection, in the engine's words. */
export function connectionBroke(thrown: unknown): FtpError {
  return toFtpError(
    thrown,
    (message) =>
      new ConnectionError('control', `The control connection broke: ${message}`, { cause: thrown }),
  );
}

/** How the two sides of a control connection talk, and how long we wait. */
export interface ControlOptions {
  readonly clock: Clock;
  /** Milliseconds for a reply, counted from when its command is the oldest unanswered one. */
  readonly replyTimeout: number;
  /** The same for the greeting; as for replies if left out. */
  readonly greetingTimeout?: number;
  /** The server has greeted before: where it does not now, it may the next time. */
  readonly greetsSoon?: boolean;
  readonly logger: Logger;
  readonly charset: Charset;
  readonly pipelining: Pipelining;
  /** Verbs that are never sent to this server. */
  readonly skip?: readonly string[];
  /** What it did not survive; learns from this connection too. */
  readonly omissions?: Omissions;
}

/** True for a command before whose first reply a server may have to read a whole folder. */
export function isListing({ verb }: Command): boolean {
  return verb === 'LIST' || verb === 'MLSD';
}

/** What queues commands: the control connection. */
interface CommandQueue {
  exchange(command: Command, options: ExchangeOptions): Promise<Reply>;
}

/**
 * The control side of one transfer: its command, the 1yz reply that lets it begin, and the final
 * one. RFC 959, 5.4; a 2yz without a 1yz before it is legal.
 */
export class TransferExchange {
  readonly command: Command;
  readonly #begun = Promise.withResolvers<Reply>();
  readonly #final: Promise<Reply>;
  #finalKnown = false;
  #hasBegun = false;
  #hasMoved = false;
  readonly #sent = Promise.withResolvers<void>();
  #isSent = false;
  readonly #withdrawal = new AbortController();

  /** Queues the command. Once it is sent nothing takes it back: its replies will come. */
  constructor(queue: CommandQueue, command: Command, options: { readonly barrier: boolean }) {
    this.command = command;
    this.#final = queue.exchange(command, {
      barrier: () => options.barrier && !this.#hasMoved,
      signal: this.#withdrawal.signal,
      transfers: true,
      onSent: () => {
        this.#isSent = true;
        this.#sent.resolve();
      },
      onPreliminary: (reply) => {
        this.#hasBegun = true;
        this.#begun.resolve(reply);
      },
    });
    this.#begun.promise.catch(() => {});
    this.#final.then(
      (reply) => {
        this.#finalKnown = true;
        this.#begun.resolve(reply);
      },
      (error: unknown) => {
        this.#finalKnown = true;
        this.#begun.reject(error);
      },
    );
  }

  /** Resolves when the command goes out; never, where it is withdrawn before. */
  get sent(): Promise<void> {
    return this.#sent.promise;
  }

  /** Takes the command back while it is still queued. False: the server has it. */
  withdraw(): boolean {
    if (this.#isSent) return false;
    this.#withdrawal.abort(new ConnectionError('control', `${this.command.verb} was not sent`));
    return true;
  }

  /** The final reply has come, or the control connection is lost: nothing more will come. */
  get isOver(): boolean {
    return this.#finalKnown;
  }

  /** A 1yz reply has come: the server has seen nothing in the way so far. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** All its data has moved: commands may go out behind it, though its final reply is to come. */
  noteMoved(): void {
    this.#hasMoved = true;
  }

  /** The 1yz reply, or a final one that came in its place; `ReplyError` where that refuses. */
  async begun(signal: AbortSignal): Promise<Reply> {
    return this.#accepted(await raceAbort(this.#begun.promise, signal));
  }

  /** The final reply; `ReplyError` where it is not 2yz. */
  async final(signal?: AbortSignal): Promise<Reply> {
    return this.#accepted(await raceAbort(this.#final, signal));
  }

  #accepted(reply: Reply): Reply {
    if (!['preliminary', 'completion'].includes(reply.replyClass))
      throw new ReplyError(this.command, reply);
    return reply;
  }
}
