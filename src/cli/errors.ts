/** The command line does not say what to do. The message is a sentence; the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command could not be carried out. The message is all that the user is told. */
export class Failure extends Error {
  override readonly name = 'Failure';
}
