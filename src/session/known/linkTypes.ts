import { LRUCache } from 'lru-cache';
import type { Clock } from '../../base/clock.ts';
import type { RemotePath } from '../../base/paths.ts';
import type { RemoteEntry, StatEntry } from '../remoteFileSystem.ts';

/** What is behind a link that only the server can follow. */
export interface BehindLink {
  readonly type: StatEntry['targetType'];
  /** What the server tells of it, where it is a file. */
  readonly file?: RemoteEntry;
}

interface Answer {
  readonly link: RemoteEntry;
  readonly behind: BehindLink;
  readonly at: number;
}

// More than anybody browses; one that is forgotten costs a question.
const maxAnswers = 1_000;

// A watched folder is listed every minute: its dangling links are not worth a question each time.
const answerMs = 5 * 60_000;

// The target may be written meanwhile: after that time the server is asked again.
const factsMs = 8_000;

/** What the server has answered about links, and what was told of their targets. */
export class LinkTypes {
  readonly #clock: Clock;
  readonly #answers = new LRUCache<RemotePath, Answer>({ max: maxAnswers });
  readonly #told = new LRUCache<RemotePath, string>({ max: maxAnswers });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The answer about this very link; `undefined` where there is none any more. */
  get(path: RemotePath, link: RemoteEntry): BehindLink | undefined {
    const answer = this.#answers.get(path);
    if (!answer) return undefined;
    const lasts = answer.behind.type === 'file' ? factsMs : answerMs;
    if (answer.at + lasts <= this.#clock.now()) return undefined;
    const same =
      answer.link.target === link.target &&
      answer.link.modified?.getTime() === link.modified?.getTime();
    return same ? answer.behind : undefined;
  }

  set(path: RemotePath, link: RemoteEntry, behind: BehindLink): void {
    this.#answers.set(path, { link, behind, at: this.#clock.now() });
  }

  /** Notes what is told of a link's target; true when something else was told before. */
  tell(path: RemotePath, { targetType, size, modified, unique }: StatEntry): boolean {
    const now = [targetType, size, modified?.getTime(), unique].join('\t');
    const before = this.#told.get(path);
    this.#told.set(path, now);
    return before !== undefined && before !== now;
  }
}
