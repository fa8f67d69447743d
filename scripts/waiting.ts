// Waiting with a deadline, for the scripts and for the tests that drive a real VS Code.
import { setTimeout as delay } from 'node:timers/promises';

/** How long any single step may take; machines that run many things at once are slow. */
export const stepDeadline = 90_000;

const pollInterval = 50;

/** What every wait needs: a name for the message when it fails, and a signal that ends it. */
export interface WaitOptions {
  readonly deadline?: number;
  readonly signal: AbortSignal;
}

/**
 * Asks again and again until the answer is not undefined, and returns it. Rejects with the last
 * failure, or with a sentence that names what was waited for, when the deadline has passed.
 */
export async function waitUntil<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  { deadline = stepDeadline, signal }: WaitOptions,
): Promise<T> {
  const end = Date.now() + deadline;
  for (;;) {
    const last = await attempt(probe);
    if (last.value !== undefined) return last.value;
    if (Date.now() > end) {
      throw new Error(`Waited ${deadline / 1000} s in vain: ${what}.`, { cause: last.error });
    }
    await delay(pollInterval, undefined, { signal });
  }
}

async function attempt<T>(
  probe: () => Promise<T | undefined> | T | undefined,
): Promise<{ value?: T | undefined; error?: unknown }> {
  try {
    return { value: await probe() };
  } catch (error) {
    return { error };
  }
}

/** A signal that aborts with the given one or when the deadline has passed. */
export function within(signal: AbortSignal, deadline: number = stepDeadline): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(deadline)]);
}
