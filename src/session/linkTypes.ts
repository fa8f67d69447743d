import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';
import type { RemotePath } from '../base/paths.ts';
import type { RemoteEntry, StatEntry } from './remoteFileSystem.ts';

/** What is behind a link, where it is worth telling. */
export type TargetType = StatEntry['targetType'];

interface Answer {
  readonly link: RemoteEntry;
  readonly type: TargetType;
  readonly until: number;
}

// Nobody browses more links than that; one that is forgotten costs a question.
const maxAnswers = 1_000;

// A folder that is looked at all the time is listed every minute: its dangling links are not worth as
// many questions.
const answerMs = 5 * 60_000;

/** What the server has answered about links that only it can follow. */
export class LinkTypes {
  readonly #clock: Clock;
  readonly #answers = new LRUCache<RemotePath, Answer>({ max: maxAnswers });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The answer about this very link; `undefined` where there is none any more. */
  get(path: RemotePath, link: RemoteEntry): { readonly type: TargetType } | undefined {
    const answer = this.#answers.get(path);
    if (!answer || answer.until <= this.#clock.now()) return undefined;
    const same =
      answer.link.target === link.target &&
      answer.link.modified?.getTime() === link.modified?.getTime();
    return same ? answer : undefined;
  }

  set(path: RemotePath, link: RemoteEntry, type: TargetType): void {
    this.#answers.set(path, { link, type, until: this.#clock.now() + answerMs });
  }
}
