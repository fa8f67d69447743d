/** A place in a line: `mine` resolves when all before it have left. */
export interface Turn {
  readonly mine: Promise<void>;
  /** May be called again. */
  leave(): void;
  /** Leaves when that is over, and not before, whoever else says `leave`. Never rejects. */
  leaveAfter(last: Promise<void>): void;
}

/** Lets one after the other have the data connection, in the order in which they came. */
export class Turns {
  #last: Promise<void> = Promise.resolve();
  #count = 0;

  /** How many have come and not left. */
  get count(): number {
    return this.#count;
  }

  enter(): Turn {
    const mine = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    let left = false;
    let leaving = false;
    const leave = (): void => {
      if (!left) this.#count -= 1;
      left = true;
      resolve();
    };
    this.#count += 1;
    this.#last = Promise.all([mine, promise]).then(() => {});
    return {
      mine,
      leave: () => {
        if (!leaving) leave();
      },
      leaveAfter: (last) => {
        leaving = true;
        last.then(leave, leave);
      },
    };
  }
}
