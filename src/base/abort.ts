/** The caller does not want the result any more. The reason of an abort is one of these. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';
  constructor(what: string) {
    super(`${what} was cancelled`);
  }
}

/**
 * Waits for `promise` or for the signal, whichever comes first, and leaves no listener behind.
 * The promise itself goes on; where it rejects later, that is swallowed.
 */
export async function raceAbort<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason as Error);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([aborted, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    promise.catch(() => {});
  }
}

/** Runs `listener` when the signal aborts, at once if it already has; disposing stops listening. */
export function onAbort(
  signal: AbortSignal | undefined,
  listener: (reason: unknown) => void,
): Disposable {
  const run = (): void => listener(signal?.reason);
  if (signal?.aborted) run();
  else signal?.addEventListener('abort', run, { once: true });
  return { [Symbol.dispose]: () => signal?.removeEventListener('abort', run) };
}
