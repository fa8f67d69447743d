import type { ServerFeatures } from '../grammar/features.ts';
import { fieldsOf, known } from './remembered.ts';

/** What is kept of it between two starts. */
export interface RememberedAnswers {
  /** Verbs. */
  readonly refuses?: readonly string[];
  readonly sizesFolders?: boolean;
}

// The verbs that are asked are few.
const maxVerbs = 40;
const verbForm = /^[A-Z]{3,8}$/;

/**
 * How a server answers questions: which it refuses altogether, and what its answers mean. That an odd
 * answer was in step, and that PWD proves it, is asked on each connection: a belief that has become
 * wrong would take a foreign reply for an answer.
 */
export class Answers {
  readonly #refused: Set<string>;
  #sizesFolders: boolean | undefined;
  #leavesReplyOut = false;

  constructor({ refuses = [], sizesFolders }: RememberedAnswers = {}) {
    this.#refused = new Set(refuses);
    this.#sizesFolders = sizesFolders;
  }

  /** True for a verb that was refused as such, and is not offered: what FEAT offers is asked anew. */
  refuses(verb: string, features: ServerFeatures): boolean {
    return this.#refused.has(verb) && !features.has(verb);
  }

  /** RFC 959, 4.2.1: 500 and 502 mean the command, whatever its argument. */
  refused(verb: string): void {
    if (this.#refused.size < maxVerbs) this.#refused.add(verb);
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
    this.#refused.clear();
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
   * What is worth keeping: what costs questions to find out. Not that a reply is left out: passing over
   * one that comes all the same would shift all that follow.
   */
  remember(): RememberedAnswers | undefined {
    const verbs = [...this.#refused].filter((verb) => verbForm.test(verb)).toSorted();
    return known<RememberedAnswers>({
      refuses: verbs.length > 0 ? verbs : undefined,
      sizesFolders: this.#sizesFolders,
    });
  }
}

/** Reads what `remember` gave, from a store that anybody may have written to. */
export function parseAnswers(value: unknown): RememberedAnswers | undefined {
  const { refuses, sizesFolders } = fieldsOf<RememberedAnswers>(value);
  const verbs = (Array.isArray(refuses) ? refuses.slice(0, maxVerbs) : []).filter(
    (verb: unknown): verb is string => typeof verb === 'string' && verbForm.test(verb),
  );
  return known<RememberedAnswers>({
    refuses: verbs.length > 0 ? verbs : undefined,
    sizesFolders: typeof sizesFolders === 'boolean' ? sizesFolders : undefined,
  });
}
