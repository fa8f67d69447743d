/** Calls `listener` for each value until the returned disposable is disposed. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/** The sending end of an `Event`. A listener that throws does not keep the others from hearing. */
export class Emitter<T> implements Disposable {
  readonly #listeners = new Set<(value: T) => void>();

  readonly event: Event<T> = (listener) => {
    const own = (value: T): void => listener(value);
    this.#listeners.add(own);
    return { [Symbol.dispose]: () => void this.#listeners.delete(own) };
  };

  fire(value: T): void {
    for (const listener of new Set(this.#listeners)) {
      // Another listener may have disposed this one just now.
      if (!this.#listeners.has(listener)) continue;
      try {
        listener(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  [Symbol.dispose](): void {
    this.#listeners.clear();
  }
}
