/** A place in a line: `mine` resolves when all before it have left. */
export interface Turn {
  readonly mine: Promise<void>;
  /** May be called again. */
  leave(): void;
  /** Leaves when that is over, and not before, whoever else says `leave`. Never rejects. */
  leaveAfter(last: Promise<void>): void;
  /** The command has been sent before its turn. */
  goAhead(): void;
  /** Others have sent their commands and wait behind this one. */
  readonly othersAhead: boolean;
}

/** Lets one after the other have the data connection, in the order in which they came. */
export class Turns {
  #last: Promise<void> = Promise.resolve();
  readonly #ahead = new Set<Turn>();

  enter(): Turn {
    const mine = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    const ahead = this.#ahead;
    let leaving = false;
    const leave = (): void => {
      ahead.delete(turn);
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
      goAhead: () => void ahead.add(turn),
      get othersAhead() {
        return ahead.size > (ahead.has(turn) ? 1 : 0);
      },
    };
    return turn;
  }
}
