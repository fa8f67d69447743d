import { raceAbort } from '../../base/abort.ts';
import { Emitter, type Event } from '../../base/event.ts';
import type { ConnectionDescription, FtpConnection } from '../../ftp/ftpConnection.ts';
import { ServerProfile } from '../../ftp/profile/serverProfile.ts';
import { rungWords } from '../../ftp/rung.ts';
import type { SessionState } from '../remoteFileSystem.ts';
import type { PoolOptions } from '../sessionOptions.ts';
import { isBulk, type PoolLane, type Waiter, WaitingLine } from './waitingLine.ts';

/** A connection that is the caller's alone until the lease is disposed; then it goes back, or is closed. */
export interface Lease extends AsyncDisposable {
  readonly connection: FtpConnection;
  /** The connection must not be used again: it did not answer in time. */
  discard(): void;
}

interface Member {
  readonly connection: FtpConnection;
  /** The lane it is leased to; `undefined` while it is idle. */
  lane: PoolLane | undefined;
  lastUsed: number;
  /** Ends the keeping alive of the idle connection. */
  idle: AbortController;
}

// Past this a laptop may have slept or a VPN may have gone: a probe with a short deadline is cheaper
// than the long one of a command.
const staleMs = 20_000;
const probeMs = 4_000;

// How long `dispose` waits for connections to close.
const farewellMs = 3_000;

/**
 * A few connections of one user, leased to one operation at a time: the only place that decides who
 * gets one. It connects when an operation waits and no connection is idle, learns from the server how
 * many it allows, and takes back only connections that are in step.
 */
export class SessionPool implements AsyncDisposable {
  readonly onDidChangeState: Event<SessionState>;
  readonly #options: PoolOptions;
  readonly #members = new Set<Member>();
  readonly #dialling = new Set<AbortController>();
  readonly #closing = new Set<Promise<void>>();
  readonly #waiting = new WaitingLine<Lease>();
  readonly #changed = new Emitter<SessionState>();
  readonly #limit: ServerProfile['limit'];
  #state: SessionState = { connections: 0, busy: 0, rung: undefined };
  #rung: string | undefined;
  #described: RungDescription | undefined;
  #disposed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.onDidChangeState = this.#changed.event;
    this.#limit = (options.profile ?? new ServerProfile([])).limit;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** How many connections the server is believed to allow. */
  get limit(): number {
    const { maxConnections, clock } = this.#options;
    return this.#limit.isKnown ? this.#limit.of(maxConnections, clock.now()) : maxConnections;
  }

  /**
   * Waits for a connection; dispose the lease to give it back. The wait is bounded by what it waits
   * for: other leases, each under its deadlines, or a login, which may have to ask the user.
   */
  async lease(lane: PoolLane, { signal }: { readonly signal: AbortSignal }): Promise<Lease> {
    if (this.#disposed) throw new Error('The session was closed');
    const lease = this.#waiting.join(lane, signal);
    this.#serve();
    try {
      return await lease;
    } catch (error) {
      // No operation waits for a login any more: it must not ask the user its questions.
      if (this.#waiting.size === 0) for (const dial of this.#dialling) dial.abort();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#disposed) {
      this.#disposed = true;
      for (const dial of this.#dialling) dial.abort();
      this.#waiting.rejectAll(new Error('The session was closed'));
      for (const member of this.#members) this.#drop(member);
    }
    using deadline = this.#options.clock.deadline(farewellMs, 'connections to close');
    await raceAbort(Promise.all(this.#closing), deadline.signal).catch(() => {});
    this.#changed[Symbol.dispose]();
  }

  #serve(): void {
    for (;;) {
      const member = this.#newestIdle();
      const waiter = member && this.#waiting.next(() => this.#mayTakeBulk());
      if (!member || !waiter) break;
      member.lane = waiter.lane;
      member.idle.abort();
      void this.#hand(member, waiter);
    }
    this.#dialAsNeeded();
    this.#tellState();
  }

  // What answered last is the likeliest to answer again; the others may grow old and be closed.
  #newestIdle(): Member | undefined {
    let newest: Member | undefined;
    for (const member of this.#members) {
      if (member.lane !== undefined) continue;
      if (!newest || member.lastUsed > newest.lastUsed) newest = member;
    }
    return newest;
  }

  // One connection is kept from the transfers: opening a folder must not wait for them.
  #mayTakeBulk(): number {
    const { keptFromTransfers = 1 } = this.#options;
    const allowed = Math.max(1, this.limit - keptFromTransfers);
    return allowed - [...this.#members].filter(({ lane }) => isBulk(lane)).length;
  }

  async #hand(member: Member, waiter: Waiter<Lease>): Promise<void> {
    const { clock } = this.#options;
    const alive =
      member.connection.usable &&
      (clock.now() - member.lastUsed < staleMs || (await this.#answers(member)));
    if (alive && waiter.resolve(this.#leaseOf(member))) return;
    if (alive) this.#takeBack(member);
    else {
      this.#drop(member);
      this.#waiting.rejoin(waiter);
      this.#serve();
    }
  }

  #leaseOf(member: Member): Lease {
    let given = true;
    let discarded = false;
    return {
      connection: member.connection,
      discard: () => {
        discarded = true;
      },
      [Symbol.asyncDispose]: async () => {
        if (!given) return;
        given = false;
        if (discarded) this.#drop(member);
        this.#takeBack(member);
      },
    };
  }

  // Only a connection that is in step goes back: one reply too many would shift all that follow. While a
  // transfer is taken back, the next operation need not wait for this one: another may be free.
  #takeBack(member: Member): void {
    const { usable, recovering, description } = member.connection;
    if (!usable) this.#drop(member);
    if (usable && recovering) void recovering.then(() => this.#takeBack(member));
    else if (this.#members.has(member)) {
      this.#noteRung(description);
      member.lane = undefined;
      member.lastUsed = this.#options.clock.now();
      member.idle = new AbortController();
      void this.#keepAlive(member, member.idle.signal);
    }
    this.#serve();
  }

  async #keepAlive(member: Member, signal: AbortSignal): Promise<void> {
    const { clock, keepAliveMs, idleCloseMs } = this.#options;
    const idleSince = clock.now();
    for (;;) {
      const rested = await clock.sleep(keepAliveMs, signal).then(
        () => true,
        () => false,
      );
      if (!rested) return;
      const tooLong = clock.now() - idleSince >= idleCloseMs;
      const alive = !tooLong && (await this.#answers(member));
      if (signal.aborted) return;
      if (!alive) {
        this.#drop(member);
        this.#serve();
        return;
      }
      member.lastUsed = clock.now();
    }
  }

  async #answers({ connection }: Member): Promise<boolean> {
    using deadline = this.#options.clock.deadline(probeMs, 'a sign of life');
    try {
      await raceAbort(connection.probe({ signal: deadline.signal }), deadline.signal);
      return connection.usable;
    } catch {
      return false;
    }
  }

  #dialAsNeeded(): void {
    if (this.#waiting.size === 0) return;
    const wanted = this.#waiting.wanting(this.#mayTakeBulk());
    while (!this.#disposed && this.#dialling.size < wanted && this.#mayDial()) void this.#dial();
  }

  // The first login goes alone: the user is asked once, and a wrong password is tried once.
  #mayDial(): boolean {
    const open = this.#members.size;
    return open === 0 ? this.#dialling.size === 0 : open + this.#dialling.size < this.limit;
  }

  async #dial(): Promise<void> {
    const controller = new AbortController();
    this.#dialling.add(controller);
    try {
      const connection = await this.#options.connect(controller.signal);
      this.#dialling.delete(controller);
      this.#adopt(connection);
    } catch (error) {
      this.#dialling.delete(controller);
      if (!controller.signal.aborted) this.#dialFailed(error);
      this.#serve();
    }
  }

  #adopt(connection: FtpConnection): void {
    const now = this.#options.clock.now();
    const idle = new AbortController();
    const member: Member = { connection, lane: undefined, lastUsed: now, idle };
    this.#members.add(member);
    this.#limit.allowed(this.#members.size);
    if (this.#disposed) this.#drop(member);
    void connection.closed.then((reason) => {
      if (!this.#members.has(member)) return;
      this.#options.logger.info(`A connection was closed: ${reason?.message ?? 'by us'}`);
      this.#drop(member);
      this.#serve();
    });
    this.#takeBack(member);
  }

  // A server that lets us in once and not twice has told how many it allows, whichever reply it
  // chose (421, 530) or none. What waits can still wait for a connection that lives.
  #dialFailed(error: unknown): void {
    const remaining = this.#members.size + this.#dialling.size;
    if (remaining === 0) {
      this.#waiting.rejectAll(error);
      return;
    }
    this.#limit.refusedBeyond(remaining, this.#options.clock.now());
    this.#options.logger.warn(
      `No further connection, going on with ${remaining}: ${String(error)}`,
    );
  }

  #drop(member: Member): void {
    if (!this.#members.delete(member)) return;
    member.idle.abort();
    const closing = Promise.resolve(member.connection[Symbol.asyncDispose]()).catch(() => {});
    this.#closing.add(closing);
    void closing.then(() => this.#closing.delete(closing));
    this.#tellState();
  }

  #tellState(): void {
    const busy = [...this.#members].filter(({ lane }) => lane !== undefined).length;
    const connections = this.#members.size;
    const [old, rung] = [this.#state, this.#rung];
    if (old.connections === connections && old.busy === busy && old.rung === rung) return;
    this.#state = { connections, busy, rung };
    this.#changed.fire(this.#state);
  }

  // Only what was done on a lease changes how a connection stands.
  #noteRung({ rung, tlsVersion, listings }: ConnectionDescription): void {
    const old = this.#described;
    if (old?.rung === rung && old?.tlsVersion === tlsVersion && old?.listings === listings) return;
    this.#described = { rung, tlsVersion, listings };
    this.#rung = describeRung(this.#described) ?? this.#rung;
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
