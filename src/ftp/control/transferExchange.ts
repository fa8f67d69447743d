import { raceAbort } from '../../base/abort.ts';
import { ConnectionError, ReplyError } from '../errors.ts';
import type { Command } from '../grammar/command.ts';
import type { Reply } from '../grammar/reply.ts';
import type { ExchangeOptions } from './exchange.ts';

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
