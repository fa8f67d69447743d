import type { ServerFeatures } from '../grammar/features.ts';
import { fieldsOf } from './remembered.ts';

/** What is kept of it between two starts. */
export interface RememberedAnswers {
  readonly sizesFolders?: true;
}

// The verbs that are asked are few.
const maxVerbs = 40;

// By their answers files are checked: who refuses them once, for an odd name, is asked again elsewhere.
const checks: ReadonlySet<string> = new Set(['SIZE', 'MDTM', 'MLST', 'HASH', 'PWD']);

/**
 * How a server answers questions: which it refuses altogether, and what its answers mean. That an odd
 * answer was in step, and that PWD proves it, is asked on each connection: a belief that has become
 * wrong would take a foreign reply for an answer.
 */
export class Answers {
  readonly #refused = new Set<string>();
  #sizesFolders: boolean | undefined;
  #leavesReplyOut = false;

  constructor({ sizesFolders }: RememberedAnswers = {}) {
    this.#sizesFolders = sizesFolders;
  }

  /** True for a verb that was refused as such, and is not offered: what FEAT offers is asked anew. */
  refuses(verb: string, features: ServerFeatures): boolean {
    return this.#refused.has(verb) && !features.has(verb);
  }

  /** RFC 959, 4.2.1: 500 and 502 mean the command, whatever its argument. */
  refused(verb: string): void {
    if (!checks.has(verb) && this.#refused.size < maxVerbs) this.#refused.add(verb);
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
   * What is worth keeping. Not what is refused: by a refusal that concerned one name, checks would be
   * left out for months. Not that SIZE means a file: where it does not, questions overtake changes. Not
   * that a reply is left out: passing over one that comes all the same would shift all that follow.
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
