/** A place in a line: `mine` resolves when all before it have left. */
export interface Turn {
  readonly mine: Promise<void>;
  /** May be called again. */
  leave(): void;
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
    this.#count += 1;
    this.#last = Promise.all([mine, promise]).then(() => {});
    return {
      mine,
      leave: () => {
        if (!left) this.#count -= 1;
        left = true;
        resolve();
      },
    };
  }
}
