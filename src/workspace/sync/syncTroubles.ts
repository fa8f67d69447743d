import { Emitter, type Event } from '../../base/event.ts';

/** Why the saved files of a folder are not uploaded, for as long as that lasts. */
export class SyncTroubles implements Disposable {
  readonly onDidChange: Event<readonly string[]>;
  readonly #changed = new Emitter<readonly string[]>();
  readonly #known = new Map<string, string>();

  constructor() {
    this.onDidChange = this.#changed.event;
  }

  /** One sentence for each reason. */
  get sentences(): readonly string[] {
    return [...new Set(this.#known.values())];
  }

  /** Sets the trouble of a folder, `undefined` for none. True where there is a new one. */
  note(folder: string, sentence: string | undefined): boolean {
    if (this.#known.get(folder) === sentence) return false;
    if (sentence === undefined) this.#known.delete(folder);
    else this.#known.set(folder, sentence);
    this.#changed.fire(this.sentences);
    return sentence !== undefined;
  }

  /** The settings have changed: the next save tells whether that has helped. */
  forget(): void {
    if (this.#known.size === 0) return;
    this.#known.clear();
    this.#changed.fire([]);
  }

  [Symbol.dispose](): void {
    this.#changed[Symbol.dispose]();
  }
}
