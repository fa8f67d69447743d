import { CancelledError } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';

// npm and the terminal both hand on what Ctrl+C sends: the same wish comes twice within that time.
const sameWishMs = 1_000;

/**
 * Aborts when the process is asked to end, so that it ends cleanly. Whoever asks again later wants it
 * to end at once.
 */
export function interruption(
  process: Pick<NodeJS.Process, 'on' | 'exit'>,
  clock: Clock,
): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      first ??= clock.now();
      if (clock.now() - first > sameWishMs) process.exit(1);
      controller.abort(new CancelledError('The command'));
    });
  }
  return controller.signal;
}
