import { Emitter, type Event } from '../../base/event.ts';

/** Why saved files of which folders do not go up: as long as that is so. */
export class SyncTroubles implements Disposable {
  readonly onDidChange: Event<readonly string[]>;
  readonly #changed = new Emitter<readonly string[]>();
  readonly #known = new Map<string, string>();

  constructor() {
    this.onDidChange = this.#changed.event;
  }

  /** A sentence each. */
  get sentences(): readonly string[] {
    return [...new Set(this.#known.values())];
  }

  /** What is so for a folder's files from now on; true where that is news, and bad. */
  note(folder: string, sentence: string | undefined): boolean {
    if (this.#known.get(folder) === sentence) return false;
    if (sentence === undefined) this.#known.delete(folder);
    else this.#known.set(folder, sentence);
    this.#changed.fire(this.sentences);
    return sentence !== undefined;
  }

  /** Something was done about it: the next save tells whether it was enough. */
  forget(): void {
    if (this.#known.size === 0) return;
    this.#known.clear();
    this.#changed.fire([]);
  }

  [Symbol.dispose](): void {
    this.#changed[Symbol.dispose]();
  }
}
