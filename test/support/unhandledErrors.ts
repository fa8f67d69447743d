import { afterAll, expect } from 'vitest';

/** The errors that no code has caught since recording began. */
export interface UnhandledErrors extends Disposable {
  readonly errors: readonly unknown[];
}

/** Records what no code catches, until it is disposed. */
export function recordUnhandledErrors(): UnhandledErrors {
  const errors: unknown[] = [];
  const remember = (error: unknown): void => void errors.push(error);
  process.on('unhandledRejection', remember).on('uncaughtException', remember);
  return {
    errors,
    [Symbol.dispose]: () => {
      process.off('unhandledRejection', remember).off('uncaughtException', remember);
    },
  };
}

/** Called once in a test file: the file fails where an error in it was caught by no code. */
export function expectNoUnhandledErrors(): void {
  const unhandled = recordUnhandledErrors();
  afterAll(() => {
    unhandled[Symbol.dispose]();
    expect(unhandled.errors).toEqual([]);
  });
}
