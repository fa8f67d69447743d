import { fieldsOf } from './remembered.ts';

/** What is kept of it between two starts. */
export interface RememberedAnswers {
  readonly sizesFolders?: true;
}

/**
 * What the answers of a server mean. Which questions it refuses, that an odd answer was in step, and
 * that PWD proves it, is asked on each connection: by a belief that has become wrong checks would be
 * left out, or a foreign reply taken for an answer.
 */
export class Answers {
  #sizesFolders: boolean | undefined;
  #leavesReplyOut = false;

  constructor({ sizesFolders }: RememberedAnswers = {}) {
    this.#sizesFolders = sizesFolders;
  }

  /** SIZE is answered for folders too; `undefined` before that was asked. */
  get sizesFolders(): boolean | undefined {
    return this.#sizesFolders;
  }

  /** SIZE of a folder was asked for. */
  sizedFolder(isSized: boolean): void {
    this.#sizesFolders = isSized;
  }

  /** Replies were found to belong to other commands: what was learnt by them may be wrong. */
  outOfStep(): void {
    this.#sizesFolders = undefined;
  }

  /** The server gives no final reply to a transfer that is cut short. */
  get leavesReplyOut(): boolean {
    return this.#leavesReplyOut;
  }

  /** What became of the final reply of a transfer that was cut short. */
  cutShort(reply: 'given' | 'leftOut'): void {
    this.#leavesReplyOut = reply === 'leftOut';
  }

  /**
   * What is worth keeping. Not that SIZE means a file: where it does not, questions overtake changes.
   * Not that a reply is left out: passing over one that comes all the same would shift all that follow.
   */
  remember(): RememberedAnswers | undefined {
    return this.#sizesFolders ? { sizesFolders: true } : undefined;
  }
}

/** Reads what `remember` gave, from a store that anybody may have written to. */
export function parseAnswers(value: unknown): RememberedAnswers | undefined {
  const { sizesFolders } = fieldsOf<RememberedAnswers>(value);
  return sizesFolders === true ? { sizesFolders } : undefined;
}
