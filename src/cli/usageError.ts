/** The command line does not say what to do. The message is a sentence; the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
