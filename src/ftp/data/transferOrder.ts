/** A place in a line: `mine` resolves when all before it have left. */
export interface Turn {
  readonly mine: Promise<void>;
  /** May be called again. */
  leave(): void;
  /** Leaves when that is over, and not before, whoever else says `leave`. Never rejects. */
  leaveAfter(last: Promise<void>): void;
  /** All before this one have queued their commands: the order of the replies is settled. */
  readonly mayGoAhead: boolean;
  /** The command has been queued, in its turn or before. */
  noteQueued(): void;
  /** Others have sent their commands and wait behind this one. */
  readonly othersAhead: boolean;
}

/** Lets one after the other have the data connection, in the order in which they came. */
export class TransferOrder {
  #last: Promise<void> = Promise.resolve();
  /** Who has come and not left, in order, and of them those whose commands are queued. */
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
      noteQueued: () => void queued.add(turn),
      get othersAhead() {
        return queued.size > (queued.has(turn) ? 1 : 0);
      },
    };
    line.push(turn);
    return turn;
  }
}
