import { raceAbort } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import { Emitter, type Event } from '../../base/event.ts';
import type {
  ConnectionDescription,
  ConnectionUse,
  FtpConnection,
} from '../../ftp/ftpConnection.ts';
import { rungWords } from '../../ftp/rung.ts';
import type { SessionState } from '../remoteFileSystem.ts';
import { isBulk, type PlaceRequest } from './waitingLine.ts';

/** An operation that has a place. */
export interface Holder extends PlaceRequest {
  /** Another operation was on the connection in the meantime. */
  wasShared: boolean;
}

// Past this a laptop may have slept or a VPN may have gone: a probe with a short deadline is cheaper
// than the long one of a command.
const staleMs = 20_000;
const probeMs = 4_000;

// Hundreds may hold places, and bytes come by the thousand: the deadlines need not be exact.
const progressMs = 100;

// Nobody is told of it. Without a reason the platform makes one, an error with its stack, for each use.
const idleIsOver = 'in use';

/** A connection of the pool, and the operations that hold places on it. */
export class Member {
  readonly connection: FtpConnection;
  /** Something came or went for one of the holders: the others wait behind it for good reason. */
  readonly onProgress: Event<void>;
  readonly #progress = new Emitter<void>();
  #toldProgress = Number.NEGATIVE_INFINITY;
  readonly #clock: Clock;
  readonly #holders = new Set<Holder>();
  #lastUsed: number;
  /** Ends the keeping alive of the idle connection. */
  #idle = new AbortController();
  #isBeingAsked = false;
  #isLeaving = false;

  constructor(connection: FtpConnection, clock: Clock) {
    this.connection = connection;
    this.#clock = clock;
    this.onProgress = this.#progress.event;
    this.#lastUsed = clock.now();
  }

  get lastUsed(): number {
    return this.#lastUsed;
  }

  get isBusy(): boolean {
    return this.#holders.size > 0;
  }

  /** It was idle for too long, and is about to be closed. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** True while an operation that may have to wait for others is on it. */
  get carriesBulk(): boolean {
    return [...this.#holders].some(({ lane }) => isBulk(lane));
  }

  /** True where all that are on it may share it with one more of this use. */
  hasPlaceFor(use: ConnectionUse): boolean {
    const { usable, recovering } = this.connection;
    if (!usable || recovering || this.#isBeingAsked || this.#isLeaving) return false;
    if (!this.isBusy) return true;
    const uses = new Set([...this.#holders].map((holder) => holder.use)).add(use);
    if (uses.has('alone')) return false;
    return [...uses].every((each) => this.#holders.size < this.connection.places(each));
  }

  /** In stream mode a file waits for the one before it: over another connection it comes sooner. */
  hasNextPlaceFor(use: ConnectionUse): boolean {
    const { rung } = this.connection.description;
    return this.isBusy && use === 'retrieve' && rung?.mode === 'stream';
  }

  /** Takes a place, which `leave` gives back. */
  enter({ lane, use }: PlaceRequest): Holder {
    this.#idle.abort(idleIsOver);
    const wasShared = this.isBusy;
    for (const other of this.#holders) other.wasShared = true;
    const holder = { lane, use, wasShared };
    this.#holders.add(holder);
    return holder;
  }

  leave(holder: Holder): void {
    this.#holders.delete(holder);
    this.progressed();
    this.#lastUsed = this.#clock.now();
  }

  /** Tells the holders, each of whom has a deadline. */
  progressed(): void {
    const now = this.#clock.now();
    if (now - this.#toldProgress < progressMs) return;
    this.#toldProgress = now;
    this.#progress.fire();
  }

  /** False where it must not be used: a connection that nothing was heard of for long is asked. */
  async isAlive(): Promise<boolean> {
    if (!this.connection.usable) return false;
    const isStale = this.#clock.now() - this.#lastUsed >= staleMs;
    if (!isStale || this.#holders.size > 1) return true;
    this.#isBeingAsked = true;
    const answers = await this.#answers();
    this.#isBeingAsked = false;
    return answers;
  }

  /** Asks it for a sign of life while it is idle. `over` when it has died, or was idle for too long. */
  async rest(everyMs: number, closeAfterMs: () => number): Promise<'used' | 'over'> {
    this.#idle.abort(idleIsOver);
    this.#idle = new AbortController();
    const { signal } = this.#idle;
    const idleSince = this.#clock.now();
    for (;;) {
      const rested = await this.#clock.sleep(everyMs, signal).then(
        () => true,
        () => false,
      );
      if (!rested) return 'used';
      this.#isLeaving = this.#clock.now() - idleSince >= closeAfterMs();
      const isAlive = !this.#isLeaving && (await this.#answers());
      if (signal.aborted) return 'used';
      if (!isAlive) return 'over';
      this.#lastUsed = this.#clock.now();
    }
  }

  async close(): Promise<void> {
    this.#idle.abort(idleIsOver);
    this.#progress[Symbol.dispose]();
    await Promise.resolve(this.connection[Symbol.asyncDispose]()).catch(() => {});
  }

  async #answers(): Promise<boolean> {
    using deadline = this.#clock.deadline(probeMs, 'a sign of life');
    try {
      await raceAbort(this.connection.probe({ signal: deadline.signal }), deadline.signal);
      return this.connection.usable;
    } catch {
      return false;
    }
  }
}

/** What a pool tells of itself: how many connections it has, and how they stand. */
export class PoolState implements Disposable {
  readonly onDidChange: Event<SessionState>;
  readonly #changed = new Emitter<SessionState>();
  #current: SessionState = { connections: 0, busy: 0, rung: undefined };
  #rung: string | undefined;
  #described: RungDescription | undefined;

  constructor() {
    this.onDidChange = this.#changed.event;
  }

  get current(): SessionState {
    return this.#current;
  }

  /** Tells it where that is new. */
  tell({ connections, busy }: Pick<SessionState, 'connections' | 'busy'>): void {
    const [old, rung] = [this.#current, this.#rung];
    if (old.connections === connections && old.busy === busy && old.rung === rung) return;
    this.#current = { connections, busy, rung };
    this.#changed.fire(this.#current);
  }

  /** Takes how a connection stands, after something was done on it. */
  noteRung({ rung, tlsVersion, listings }: ConnectionDescription): void {
    const old = this.#described;
    if (old?.rung === rung && old?.tlsVersion === tlsVersion && old?.listings === listings) return;
    this.#described = { rung, tlsVersion, listings };
    this.#rung = describeRung(this.#described) ?? this.#rung;
  }

  [Symbol.dispose](): void {
    this.#changed[Symbol.dispose]();
  }
}

type RungDescription = Pick<ConnectionDescription, 'rung' | 'tlsVersion' | 'listings'>;

/**
 * "block mode · default data port · TLS 1.3"; `undefined` before anything was listed or transferred.
 * Before the first data connection, folders may have been listed without one.
 */
function describeRung({ rung, tlsVersion, listings }: RungDescription): string | undefined {
  const tls = tlsVersion?.replace(/^TLSv/, 'TLS ') ?? 'no TLS';
  if (!rung) return listings === 'STAT' ? `control connection · ${tls}` : undefined;
  return `${rungWords(rung)} · ${tls}`;
}
