import { FtpError, ReplyError } from '../ftp/errors.ts';
import type { Session, Step, Work } from './session.ts';

const maxAttempts = 3;

/**
 * Does what must not be done twice. When the connection is lost before the reply, another one asks
 * whether it `happened`; only if not, it is done again.
 */
export async function once(
  session: Session,
  step: Step,
  act: (work: Work) => Promise<void>,
  happened: (work: Work) => Promise<boolean>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    let sent = false;
    // A reply says that it was not done: 450, "file busy".
    const mayRepeat = (error: FtpError): boolean =>
      !sent || (error instanceof ReplyError && error.remedy === 'retry');
    try {
      await session.perform({ ...step, mayRepeat }, (work) => {
        sent = true;
        return act(work);
      });
      return;
    } catch (error) {
      const doubtful = sent && error instanceof FtpError && error.remedy === 'reconnect';
      if (!doubtful || attempt === maxAttempts) throw error;
      session.logger.warn(`Lost in the middle of ${step.intent} of ${step.path}: looking`);
      if (await session.perform(step, happened)) return;
    }
  }
}

/** Does it for each item, for a few at a time. The first failure ends it, and is thrown at the end. */
export async function forEachOf<T>(
  items: readonly T[],
  { atOnce, signal }: { readonly atOnce: number; readonly signal: AbortSignal },
  act: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (const item of rest) {
      if (failures.length > 0) return;
      try {
        signal.throwIfAborted();
        await act(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
  if (failures.length > 0) throw failures[0];
}

/** Waits for all of them, also when one fails: nothing is left running. Throws the first failure. */
export async function together<T extends readonly unknown[]>(
  ...promises: { readonly [K in keyof T]: Promise<T[K]> }
): Promise<T> {
  await Promise.allSettled(promises);
  return Promise.all(promises) as Promise<unknown> as Promise<T>;
}
