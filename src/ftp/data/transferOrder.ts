import { raceAbort } from '../../base/abort.ts';
import type { RemotePath } from '../../base/paths.ts';
import type { ControlConnection } from '../control/controlConnection.ts';
import { ConnectionError, ReplyError } from '../errors.ts';
import type { Insistence } from '../ftpConnection.ts';
import type { Command } from '../grammar/command.ts';
import type { Reply } from '../grammar/reply.ts';

/** A transfer command, and the folder it is to be said in. */
export interface TransferCommand extends Command {
  readonly folder?: RemotePath;
  /** A kept data connection gives way to one for this transfer alone. */
  readonly alone?: boolean;
  /** Of the caller that waits for it. */
  readonly insistence?: Insistence | undefined;
  /** Block mode will not do for it. */
  readonly inStreamMode?: boolean;
}

/** A transfer's place in the order: `mine` resolves when all before it have left. */
export interface Turn {
  readonly mine: Promise<void>;
  /** May be called again. */
  leave(): void;
  /** Leaves when `last` settles, and not before, even if `leave` is called meanwhile. Never rejects. */
  leaveAfter(last: Promise<void>): void;
  /** All before this one have queued their commands: the order of the replies is settled. */
  readonly mayGoAhead: boolean;
  /** Queues the transfer's command, in its turn or before. */
  say(
    control: ControlConnection,
    command: Command,
    options: { readonly barrier: boolean },
  ): TransferExchange;
  /** Other transfers have queued their commands already, and wait behind this one. */
  readonly othersBehind: boolean;
}

/** Gives the data connection to one transfer after the other, in the order in which they came. */
export class TransferOrder {
  #last: Promise<void> = Promise.resolve();
  /** Those that have come and not left, in order, and of them those whose commands are queued. */
  readonly #line: Turn[] = [];
  readonly #queued = new Set<Turn>();

  enter(): Turn {
    const mine = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    const line = this.#line;
    const queued = this.#queued;
    let leaving = false;
    const leave = (): void => {
      queued.delete(turn);
      if (line.includes(turn)) line.splice(line.indexOf(turn), 1);
      resolve();
    };
    this.#last = Promise.all([mine, promise]).then(() => {});
    const turn: Turn = {
      mine,
      leave: () => {
        if (!leaving) leave();
      },
      leaveAfter: (last) => {
        leaving = true;
        last.then(leave, leave);
      },
      get mayGoAhead() {
        return line.slice(0, line.indexOf(turn)).every((before) => queued.has(before));
      },
      say: (control, command, options) => {
        const exchange = new TransferExchange(control, command, options);
        queued.add(turn);
        return exchange;
      },
      get othersBehind() {
        return queued.size > (queued.has(turn) ? 1 : 0);
      },
    };
    line.push(turn);
    return turn;
  }
}

/** True for a command before whose first reply a server may have to read a whole folder. */
export function isListing({ verb }: Command): boolean {
  return verb === 'LIST' || verb === 'MLSD';
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
  readonly #sent = Promise.withResolvers<void>();
  #isSent = false;
  readonly #withdrawal = new AbortController();

  /** Queues the command. Once it is sent nothing takes it back: its replies will come. */
  constructor(
    control: ControlConnection,
    command: Command,
    options: { readonly barrier: boolean },
  ) {
    this.command = command;
    this.#final = control.exchange(command, {
      ...options,
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
