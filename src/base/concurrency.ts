/** Waits for all of them, also when one fails: nothing is left running. Throws the first failure. */
export async function awaitAll<T extends readonly unknown[]>(
  ...promises: { readonly [K in keyof T]: Promise<T[K]> }
): Promise<T> {
  await Promise.allSettled(promises);
  return Promise.all(promises) as Promise<unknown> as Promise<T>;
}

/**
 * Takes the items one after the other and works on a few at a time. The first failure ends it, and
 * is thrown when nothing goes on any more.
 */
export async function forEachOf<T>(
  items: Iterable<T> | AsyncIterable<T>,
  { atOnce, signal }: { readonly atOnce: number; readonly signal: AbortSignal },
  act: (item: T) => Promise<unknown>,
): Promise<void> {
  const rest =
    Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    try {
      for (;;) {
        const next = await rest.next();
        if (next.done === true || failures.length > 0) return;
        signal.throwIfAborted();
        await act(next.value);
      }
    } catch (error) {
      failures.push(error);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  await rest.return?.();
  if (failures.length > 0) throw failures[0];
}
