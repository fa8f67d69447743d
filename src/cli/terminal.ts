/** Nobody reads standard output any more; there is nothing left to do, and nobody to tell. */
export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError';
}

/** Whoever runs the command line: what they give, and what they are told. */
export interface Terminal {
  /** Standard input. */
  readonly input: AsyncIterable<Uint8Array>;
  /** To standard output, as it is. Waits for a slow reader; rejects with an `OutputClosedError`. */
  write(output: string | Uint8Array): Promise<void>;
  /** One line to standard error; what a terminal would obey in it is made visible. */
  tell(line: string): void;
  /**
   * Asks for a line that is not shown. `undefined` where there is nobody to ask. Rejects with a
   * `CancelledError` when the user calls it off.
   */
  askSecret(question: string, signal: AbortSignal): Promise<string | undefined>;
}
