import type { ControlConnection } from '../control/controlConnection.ts';
import { TransferExchange } from '../control/exchange.ts';
import type { Command } from '../grammar/command.ts';

/** A transfer's place in the order: `mine` resolves when all before it have left. */
export interface Turn {
  readonly mine: Promise<void>;
  /** May be called again. */
  leave(): void;
  /** Leaves when `last` settles, and not before, even if `leave` is called meanwhile. Never rejects. */
  leaveAfter(last: Promise<void>): void;
  /** Resolves when all before have queued their commands or left: the order of the replies is settled. */
  readonly mayGoAhead: Promise<void>;
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
  /** Resolves when the last one that has come, and all before it, have left. */
  #allLeft: Promise<void> = Promise.resolve();
  /** The same for their commands: queued, or left without one. */
  #allQueued: Promise<void> = Promise.resolve();
  /** Those whose commands are queued. */
  readonly #queued = new Map<Turn, string>();
  /** How many uploads have sent their bytes and left, though the server has not confirmed them. */
  unconfirmed = 0;
  /** Until the final reply to a transfer that has left, for its data has ended; never rejects. */
  ending: Promise<void> | undefined;
  /** Until the replies to ABOR are there; never rejects. */
  recovering: Promise<void> | undefined;

  /** No transfer whose bytes come to us has its command queued. */
  get onlyStores(): boolean {
    return [...this.#queued.values()].every((verb) => verb === 'STOR');
  }

  /** A transfer is taken back: until that is done, no other should be put behind it. */
  recoverBy(recovery: Promise<void>): Promise<void> {
    const all = Promise.all([this.recovering, recovery]).then(() => {
      if (this.recovering === all) this.recovering = undefined;
    });
    this.recovering = all;
    return all;
  }

  enter(): Turn {
    const [mine, mayGoAhead] = [this.#allLeft, this.#allQueued];
    const left = Promise.withResolvers<void>();
    const hasQueued = Promise.withResolvers<void>();
    const queued = this.#queued;
    let leaving = false;
    const leave = (): void => {
      queued.delete(turn);
      hasQueued.resolve();
      left.resolve();
    };
    this.#allLeft = bothOf(mine, left.promise);
    this.#allQueued = bothOf(mayGoAhead, hasQueued.promise);
    const turn: Turn = {
      mine,
      leave: () => {
        if (!leaving) leave();
      },
      leaveAfter: (last) => {
        leaving = true;
        last.then(leave, leave);
      },
      mayGoAhead,
      say: (control, command, options) => {
        const exchange = new TransferExchange(control, command, options);
        queued.set(turn, command.verb);
        hasQueued.resolve();
        return exchange;
      },
      get othersBehind() {
        return queued.size > (queued.has(turn) ? 1 : 0);
      },
    };
    return turn;
  }
}

async function bothOf(one: Promise<void>, other: Promise<void>): Promise<void> {
  await one;
  await other;
}
