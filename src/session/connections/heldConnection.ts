import type { FtpConnection } from '../../ftp/ftpConnection.ts';
import type { Request, RequestAttempt, Requests } from './requests.ts';
import type { Lease } from './sessionPool.ts';

/**
 * One connection for the requests of a change, which follow each other. The first request leases it.
 * When it is lost or was given back, the next request or attempt leases another one, in its own lane.
 * In between, the change waits for nothing that needs a connection besides: there may be only this one.
 */
export class HeldConnection implements AsyncDisposable {
  readonly #requests: Requests;
  #lease: Lease | undefined;

  constructor(requests: Requests) {
    this.#requests = requests;
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
    const { path } = request;
    return this.#requests.cleanUp(what, request, act, (signal) =>
      this.#take({ path, lane: 'finishing' }, signal),
    );
  }

  /** For a wait that may need this very connection. The next request leases one again. */
  async giveBack(): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    await lease?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.giveBack();
  }

  // An attempt disposes what it gets: the connection stays here as long as it can be used.
  async #take(request: Pick<Request, 'path' | 'lane'>, signal: AbortSignal): Promise<Lease> {
    if (this.#lease && !isFree(this.#lease.connection)) await this.giveBack();
    const lease = (this.#lease ??= await this.#requests.lease(request, signal));
    return {
      connection: lease.connection,
      discard: () => {
        lease.discard();
        this.#lease = undefined;
      },
      [Symbol.asyncDispose]: async () => {
        if (this.#lease !== lease) await lease[Symbol.asyncDispose]();
        else if (!isFree(lease.connection)) await this.giveBack();
      },
    };
  }
}

// The next request would wait behind a transfer that is taken back.
function isFree({ usable, recovering }: FtpConnection): boolean {
  return usable && !recovering;
}
