import type { Deadline } from '../../base/clock.ts';
import type { ServerContext } from '../serverParts.ts';

/** Whoever does not log in goes again, whatever else is said meanwhile. */
export class LoginDeadline implements Disposable {
  readonly #server: Pick<ServerContext, 'clock' | 'limits'>;
  readonly #expire: (reason: unknown) => void;
  #deadline: Deadline | undefined;

  constructor(server: Pick<ServerContext, 'clock' | 'limits'>, expire: (reason: unknown) => void) {
    this.#server = server;
    this.#expire = expire;
  }

  /** Runs as long as nobody has logged in; anew after REIN. */
  watch(loggedIn: boolean): void {
    if (loggedIn) this[Symbol.dispose]();
    if (loggedIn || this.#deadline) return;
    const { clock, limits } = this.#server;
    const deadline = clock.deadline(limits.login, 'a login');
    const expire = (): void => this.#expire(deadline.signal.reason);
    deadline.signal.addEventListener('abort', expire, { once: true });
    this.#deadline = deadline;
  }

  [Symbol.dispose](): void {
    this.#deadline?.[Symbol.dispose]();
    this.#deadline = undefined;
  }
}
