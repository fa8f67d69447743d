import { fieldsOf } from './remembered.ts';

/** What is kept of it between two starts. */
export interface RememberedAnswers {
  readonly sizesFolders?: true;
}

/**
 * What the answers of a server mean. Each connection finds out for itself which questions the server
 * refuses, that an odd answer was in step, and that PWD proves it: a belief that has become wrong
 * would leave checks out, or take a foreign reply for an answer.
 */
export class Answers {
  /** SIZE is answered for folders too; `undefined` before that was asked. */
  sizesFolders: boolean | undefined;
  /** The server gives no final reply to a transfer that is cut short. */
  leavesReplyOut = false;

  /** SIZE of a folder was asked for. */
  sizedFolder(isSized: boolean): void {
    this.sizesFolders = isSized;
  }

  /** Replies were found to belong to other commands: what they taught may be wrong. */
  outOfStep(): void {
    this.sizesFolders = undefined;
  }

  /** What became of the final reply of a transfer that was cut short. */
  cutShort(reply: 'given' | 'leftOut'): void {
    this.leavesReplyOut = reply === 'leftOut';
  }

  /**
   * What is worth keeping. Not that SIZE means a file: where it does not, questions overtake changes.
   * Not that a reply is left out: if it comes after all, every later reply goes to a wrong command.
   */
  remember(): RememberedAnswers | undefined {
    return this.sizesFolders ? { sizesFolders: true } : undefined;
  }

  /** Takes up what was kept. */
  recall({ sizesFolders }: RememberedAnswers): void {
    this.sizesFolders = sizesFolders;
  }
}

/** Reads what `remember` gave, from a store that anybody may have written to. */
export function parseAnswers(value: unknown): RememberedAnswers | undefined {
  const { sizesFolders } = fieldsOf<RememberedAnswers>(value);
  return sizesFolders === true ? { sizesFolders } : undefined;
}
