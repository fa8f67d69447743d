import { Emitter } from '../base/event.ts';
import type { FoundLeftOvers } from './remoteFileSystem.ts';

/** Which neighbours one session makes and may still need; all others that it meets are left over. */
export class OwnNeighbours implements Disposable {
  readonly leftOvers: Emitter<FoundLeftOvers> = new Emitter();
  /** An id that no other neighbour has. */
  readonly nextId: () => string;
  readonly #underWay = new Set<string>();
  #changes = 0;

  constructor(newId: () => string) {
    this.nextId = () => {
      const id = newId();
      this.#underWay.add(id);
      return id;
    };
  }

  /** True of an id that was given to a change that may still be under way. */
  isUnderWay(id: string): boolean {
    return this.#underWay.has(id);
  }

  /** Changes something: the ids that are given for it stay under way until all changes are done. */
  async during<T>(act: () => Promise<T>): Promise<T> {
    this.#changes += 1;
    try {
      return await act();
    } finally {
      this.#changes -= 1;
      if (this.#changes === 0) this.#underWay.clear();
    }
  }

  [Symbol.dispose](): void {
    this.leftOvers[Symbol.dispose]();
  }
}
