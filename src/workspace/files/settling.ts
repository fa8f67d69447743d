import type { FileIdentity, RemoteFileSystem } from '../../session/remoteFileSystem.ts';
import { type Place, placeKey } from '../place.ts';
import type { EditorIdentities } from './editorIdentities.ts';

/**
 * Lets the server be asked once more for what was just written, in the background: until its clock
 * has moved on a save would have to read the whole file again.
 */
export class Settling implements Disposable {
  readonly #identities: EditorIdentities;
  readonly #running = new Map<string, AbortController>();

  constructor(identities: EditorIdentities) {
    this.#identities = identities;
  }

  /** A newer write of the same file takes the place of this one. */
  begin(place: Place & { readonly files: RemoteFileSystem }, identity: FileIdentity): void {
    const key = placeKey(place);
    this.#running.get(key)?.abort();
    if (identity.settled) return;
    const controller = new AbortController();
    this.#running.set(key, controller);
    void this.#ask(place, identity, controller.signal)
      // What is not asked costs the next save a look more, and nothing else.
      .catch(() => {})
      .finally(() => {
        if (this.#running.get(key) === controller) this.#running.delete(key);
      });
  }

  async #ask(
    place: Place & { readonly files: RemoteFileSystem },
    identity: FileIdentity,
    signal: AbortSignal,
  ): Promise<void> {
    const options = { signal, lane: 'background' } as const;
    const settled = await place.files.settle(place.path, identity, options);
    if (settled && !signal.aborted) this.#identities.settled(placeKey(place), settled);
  }

  [Symbol.dispose](): void {
    for (const controller of this.#running.values()) controller.abort();
  }
}
