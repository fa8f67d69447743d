import type { Clock, Deadline } from '../../base/clock.ts';
import type { ServerLimits } from '../limits.ts';

/** A control connection that was accepted. */
export interface Guest {
  /** Aborts when another client needs the place. Only before the login. */
  readonly dismissed: AbortSignal;
  loggedIn: boolean;
}

interface GuestPlace extends Guest {
  readonly from: string;
  readonly since: number;
  readonly dismissal: AbortController;
}

interface Refusals {
  count: number;
  last: number;
}

// A new client has this time for the handshake and the login before another client can take its place.
const patience = 10_000;

const forgottenAfter = 15 * 60_000;

// Far more addresses than can wait at a time.
const addressesRemembered = 10_000;

/** Decides which clients are accepted, and how long the next login from an address waits. */
export class Admission {
  readonly #limits: ServerLimits;
  readonly #clock: Clock;
  readonly #places = new Set<GuestPlace>();
  readonly #refusals = new Map<string, Refusals>();

  constructor(limits: ServerLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** `undefined` where there are too many clients. Call `leave` for a guest that has gone. */
  enter(host: string): Guest | undefined {
    const from = clientNetworkOf(host);
    const ofAddress = [...this.#places].filter((place) => place.from === from);
    const { connections, connectionsPerAddress } = this.#limits;
    if (ofAddress.length >= connectionsPerAddress && !this.#dismissOne(ofAddress)) return undefined;
    if (this.#places.size >= connections && !this.#dismissOne([...this.#places])) return undefined;
    const dismissal = new AbortController();
    const { signal: dismissed } = dismissal;
    const place = { from, since: this.#clock.now(), dismissal, dismissed, loggedIn: false };
    this.#places.add(place);
    return place;
  }

  leave(guest: Guest): void {
    for (const place of this.#places) if (place === guest) this.#places.delete(place);
  }

  /** How long a login from this host waits before it is checked. */
  delayOf(host: string): number {
    const refusals = this.#refusals.get(clientNetworkOf(host));
    if (!refusals || this.#clock.now() - refusals.last > forgottenAfter) return 0;
    const { badPasswordDelay, longestPasswordDelay } = this.#limits;
    return Math.min(longestPasswordDelay, badPasswordDelay * 2 ** (refusals.count - 1));
  }

  refused(host: string): void {
    const from = clientNetworkOf(host);
    const count = this.delayOf(host) === 0 ? 0 : (this.#refusals.get(from)?.count ?? 0);
    this.#refusals.delete(from);
    this.#refusals.set(from, { count: Math.min(count + 1, 30), last: this.#clock.now() });
    const [oldest] = this.#refusals.keys();
    if (this.#refusals.size > addressesRemembered && oldest !== undefined) {
      this.#refusals.delete(oldest);
    }
  }

  /** A client with a right password is not guessing. */
  accepted(host: string): void {
    this.#refusals.delete(clientNetworkOf(host));
  }

  /** Dismisses the client that has waited longest without a login. */
  #dismissOne(places: readonly GuestPlace[]): boolean {
    const now = this.#clock.now();
    const idle = places.find((place) => !place.loggedIn && now - place.since >= patience);
    if (!idle) return false;
    this.#places.delete(idle);
    idle.dismissal.abort(new Error('Another client needs the place'));
    return true;
  }
}

/** The address, or for IPv6 its network: one host has all of it (RFC 4291, 2.5.1: 64 bits). */
export function clientNetworkOf(host: string): string {
  const address = host.replace(/%.*$/, '');
  if (!address.includes(':')) return host;
  const [before = '', after] = address.split('::');
  const groups = before === '' ? [] : before.split(':');
  const behind = after === undefined || after === '' ? [] : after.split(':');
  const zeros = after === undefined ? 0 : 8 - groups.length - behind.length;
  const all = [...groups, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...behind];
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::`;
}

interface DeadlineParts {
  readonly clock: Clock;
  readonly limits: ServerLimits;
}

/** Ends a session that does not log in in time, whatever other commands it sends. */
export class LoginDeadline implements Disposable {
  readonly #parts: DeadlineParts;
  readonly #expire: (reason: unknown) => void;
  #deadline: Deadline | undefined;

  constructor(parts: DeadlineParts, expire: (reason: unknown) => void) {
    this.#parts = parts;
    this.#expire = expire;
  }

  /** Runs until the client has logged in, and again after REIN. */
  watch(loggedIn: boolean): void {
    if (loggedIn) this[Symbol.dispose]();
    if (loggedIn || this.#deadline) return;
    const { clock, limits } = this.#parts;
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
