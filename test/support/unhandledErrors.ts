import { afterAll, expect } from 'vitest';

/** Call once in a test file: it fails when an error in it was heard by nobody. */
export function expectNoUnhandledErrors(): void {
  const unhandled: unknown[] = [];
  const remember = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', remember).on('uncaughtException', remember);
  afterAll(() => {
    process.off('unhandledRejection', remember).off('uncaughtException', remember);
    expect(unhandled).toEqual([]);
  });
}
