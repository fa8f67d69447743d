import type { ConnectionUse, FtpConnection } from '../../ftp/ftpConnection.ts';
import type { PlaceFor, Request, RequestAttempt, Requests } from './requests.ts';
import type { ConnectionPlace } from './sessionPool.ts';

/**
 * One place for the requests of a change, which follow each other. The first request takes it. When its
 * connection is lost or it was given back, the next request or attempt takes another one, in its own lane.
 * In between, the change waits for nothing that needs a connection besides: there may be only this one.
 */
export class HeldConnection implements AsyncDisposable {
  readonly #requests: Requests;
  #use: ConnectionUse;
  #place: ConnectionPlace | undefined;

  /** `use`: what the requests of the change do together. */
  constructor(requests: Requests, use: ConnectionUse = 'alone') {
    this.#requests = requests;
    this.#use = use;
  }

  /** Does a request on it, repeats it where it may, and throws the engine's own errors. */
  perform<T>(request: Request, act: (attempt: RequestAttempt) => Promise<T>): Promise<T> {
    return this.#requests.perform(request, act, (signal) => this.#take(request, signal));
  }

  /** Does what must be done after a failed operation, within a time of its own. It only logs. */
  cleanUp(
    what: string,
    request: Pick<Request, 'path' | 'attempts'>,
    act: (attempt: RequestAttempt) => Promise<void>,
  ): Promise<boolean> {
    return this.#requests.cleanUp(what, request, act, (signal) =>
      this.#take({ ...request, lane: 'finishing' }, signal),
    );
  }

  /** From now on no other operation is on its connection: it could break what must not be broken off. */
  async beAlone(): Promise<void> {
    if (this.#use === 'alone') return;
    this.#use = 'alone';
    await this.giveBack();
  }

  /** For a wait that may need this very connection. The next request takes one again. */
  async giveBack(): Promise<void> {
    const place = this.#place;
    this.#place = undefined;
    await place?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.giveBack();
  }

  // An attempt disposes what it gets: the connection stays here as long as it can be used.
  async #take(request: PlaceFor, signal: AbortSignal): Promise<ConnectionPlace> {
    if (this.#place && !isFree(this.#place.connection)) await this.giveBack();
    const place = (this.#place ??= await this.#requests.place(
      { ...request, use: this.#use },
      signal,
    ));
    return {
      connection: place.connection,
      onProgress: place.onProgress,
      progressed: () => place.progressed(),
      get wasShared() {
        return place.wasShared;
      },
      discard: () => {
        place.discard();
        this.#place = undefined;
      },
      [Symbol.asyncDispose]: async () => {
        if (this.#place !== place) await place[Symbol.asyncDispose]();
        else if (!isFree(place.connection)) await this.giveBack();
      },
    };
  }
}

// The next request would wait behind a transfer that is taken back.
function isFree({ usable, recovering }: FtpConnection): boolean {
  return usable && !recovering;
}
