/** What came, or what was to be sent, is not what the grammar allows. The only error of this floor. */
export class GrammarError extends Error {
  override readonly name = 'GrammarError';
}
