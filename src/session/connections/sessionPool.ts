import { raceAbort } from '../../base/abort.ts';
import type { Event } from '../../base/event.ts';
import type { FtpConnection } from '../../ftp/ftpConnection.ts';
import { savesInStep } from '../../ftp/options.ts';
import { ServerProfile } from '../../ftp/profile/serverProfile.ts';
import type { SessionState } from '../remoteFileSystem.ts';
import type { PoolOptions } from '../sessionOptions.ts';
import { type Holder, Member, PoolState } from './member.ts';
import { isBulk, type PlaceRequest, type Waiter, WaitingLine } from './waitingLine.ts';

/** A place on a connection, the caller's until it is disposed; then it goes back. */
export interface ConnectionPlace extends AsyncDisposable {
  readonly connection: FtpConnection;
  /** True once another operation has had a place beside it: who broke the connection is not known. */
  readonly wasShared: boolean;
  /** Something came or went on the connection, for this operation or for one that it waits behind. */
  readonly onProgress: Event<void>;
  progressed(): void;
  /** The connection must not be used again: it did not answer in time. */
  discard(): void;
}

// A further connection costs a login; one that has had nothing to do for so long is given back.
const spareIdleMs = 60_000;

// How long `dispose` waits for connections to close.
const farewellMs = 3_000;

/**
 * A few connections of one user, with places for operations: the only place that decides who gets one
 * where. Operations share a connection where it has places for all of them. The pool connects when an
 * operation waits and no connection has a place for it, learns from the server how many it allows, and
 * takes back only connections that are in step.
 */
export class SessionPool implements AsyncDisposable {
  readonly onDidChangeState: Event<SessionState>;
  readonly #options: PoolOptions;
  readonly #profile: ServerProfile;
  readonly #members = new Set<Member>();
  readonly #dialling = new Set<AbortController>();
  readonly #closing = new Set<Promise<void>>();
  readonly #waiting = new WaitingLine<ConnectionPlace>();
  readonly #state = new PoolState();
  #disposed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#profile = options.profile ?? new ServerProfile([]);
    this.onDidChangeState = this.#state.onDidChange;
  }

  get state(): SessionState {
    return this.#state.current;
  }

  /** How many connections the server is believed to allow. */
  get limit(): number {
    const { maxConnections, clock } = this.#options;
    const { limit } = this.#profile;
    return limit.isKnown ? limit.of(maxConnections, clock.now()) : maxConnections;
  }

  /**
   * Waits for a place on a connection; dispose it to give it back. The wait is bounded by what it waits
   * for: other operations, each under its deadlines, or a login, which may have to ask the user.
   */
  async place(
    request: PlaceRequest,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<ConnectionPlace> {
    if (this.#disposed) throw new Error('The session was closed');
    const place = this.#waiting.join(request, signal);
    this.#serve();
    try {
      return await place;
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
    this.#state[Symbol.dispose]();
  }

  // Whoever finds no place keeps those who come later from the connections that it could have:
  // otherwise one that must be alone would never find a connection that others share empty.
  #serve(): void {
    const free = new Set(this.#members);
    for (const waiter of this.#waiting) {
      if (free.size === 0) break;
      const open = [...free].filter((member) => this.#isOpenTo(waiter, member));
      const member = best(open, waiter);
      if (member) {
        this.#waiting.take(waiter);
        void this.#hand(member, member.enter(waiter), waiter);
      } else for (const kept of open) free.delete(kept);
    }
    this.#dialAsNeeded();
    this.#tellState();
  }

  // Whoever waits in front of the screen is not put behind a transfer as long as another connection
  // may be had; and one connection is kept from the transfers, for opening a folder must not wait.
  #isOpenTo({ lane, use }: PlaceRequest, member: Member): boolean {
    const isNext = member.hasNextPlaceFor(use);
    const mayTake = this.#mayTakeBulk() > 0;
    if (isBulk(lane)) return member.carriesBulk ? !(isNext && mayTake) : mayTake && !isNext;
    const isFull = this.#members.size >= this.limit;
    if (isNext && !(isFull && [...this.#members].every(({ isBusy }) => isBusy))) return false;
    const { keptFromTransfers = 1 } = this.#options;
    return !member.carriesBulk || keptFromTransfers === 0 || isFull;
  }

  /** How many more connections may carry transfers. */
  #mayTakeBulk(): number {
    const { keptFromTransfers = 1 } = this.#options;
    return Math.max(1, this.limit - keptFromTransfers) - this.#carryingBulk();
  }

  #carryingBulk(): number {
    return [...this.#members].filter(({ carriesBulk }) => carriesBulk).length;
  }

  async #hand(member: Member, holder: Holder, waiter: Waiter<ConnectionPlace>): Promise<void> {
    const isAlive = await member.isAlive();
    if (isAlive && waiter.resolve(this.#placeOf(member, holder))) {
      this.#serve();
      return;
    }
    member.leave(holder);
    if (isAlive) this.#settle(member);
    else {
      this.#drop(member);
      this.#waiting.rejoin(waiter);
      this.#serve();
    }
  }

  #placeOf(member: Member, holder: Holder): ConnectionPlace {
    let given = true;
    let discarded = false;
    return {
      connection: member.connection,
      onProgress: member.onProgress,
      progressed: () => member.progressed(),
      get wasShared() {
        return holder.wasShared;
      },
      discard: () => {
        discarded = true;
      },
      [Symbol.asyncDispose]: async () => {
        if (!given) return;
        given = false;
        member.leave(holder);
        if (discarded) this.#drop(member);
        this.#settle(member);
      },
    };
  }

  // Only a connection that is in step goes on: one reply too many would shift all that follow. While a
  // transfer is taken back, the next operation need not wait for this one: another may be free.
  #settle(member: Member): void {
    const { usable, recovering, description } = member.connection;
    if (!usable) this.#drop(member);
    if (usable && recovering) void recovering.then(() => this.#settle(member));
    else if (this.#members.has(member)) {
      this.#state.noteRung(description);
      if (!member.isBusy) void this.#rest(member);
    }
    this.#serve();
  }

  async #rest(member: Member): Promise<void> {
    const { keepAliveMs, idleCloseMs } = this.#options;
    const staying = (): number => [...this.#members].filter(({ isLeaving }) => !isLeaving).length;
    const closeAfterMs = (): number => (staying() > 1 ? spareIdleMs : idleCloseMs);
    if ((await member.rest(keepAliveMs, closeAfterMs)) === 'used') return;
    this.#drop(member);
    this.#serve();
  }

  #dialAsNeeded(): void {
    if (this.#waiting.size === 0) return;
    const wanted = this.#wanted();
    while (!this.#disposed && this.#dialling.size < wanted && this.#mayDial()) void this.#dial();
  }

  /** How many further connections would help those who wait. */
  #wanted(): number {
    const waiting = [...this.#waiting];
    const bulk = waiting.filter(({ lane }) => isBulk(lane));
    const sharing = bulk.filter(({ use }) => mayShare(use) && this.#oneCarriesAll(use)).length;
    const forSharing = sharing > 0 && this.#carryingBulk() === 0 ? 1 : 0;
    const forBulk = Math.min(bulk.length - sharing + forSharing, this.#mayTakeBulk());
    return waiting.length - bulk.length + Math.max(0, forBulk);
  }

  // In block mode the bytes of many files and listings follow each other on one data connection. Where
  // those of uploads wait for the answers to their STORs, more connections help.
  #oneCarriesAll(use: PlaceRequest['use']): boolean {
    const { ladder, pipelining } = this.#profile;
    const { clock } = this.#options;
    if (ladder.current?.mode !== 'block' || pipelining.depth(clock.now()) === 1) return false;
    const tried = [...this.#members].filter(({ connection }) => connection.description.rung);
    const enough = use === 'save' ? savesInStep : 1;
    return tried.length === 0 || tried.some(({ connection }) => connection.places(use) > enough);
  }

  // The first login goes alone: the user is asked once, and a wrong password is tried once.
  #mayDial(): boolean {
    const [open, dialling] = [this.#members.size, this.#dialling.size];
    if (open === 0) return dialling === 0;
    return open + dialling < Math.min(this.limit, this.#profile.limit.mayBeTried);
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
    const member = new Member(connection, this.#options.clock);
    this.#members.add(member);
    this.#profile.limit.allowed(this.#members.size);
    // What moves may have shown that one connection does not carry all that wait.
    member.onProgress(() => this.#dialAsNeeded());
    if (this.#disposed) this.#drop(member);
    void connection.closed.then((reason) => {
      if (!this.#members.has(member)) return;
      this.#options.logger.info(`A connection was closed: ${reason?.message ?? 'by us'}`);
      this.#drop(member);
      this.#serve();
    });
    this.#settle(member);
  }

  // A server that lets us in once and not twice has told how many it allows, whichever reply it
  // chose (421, 530) or none. What waits can still wait for a connection that lives.
  #dialFailed(error: unknown): void {
    const remaining = this.#members.size + this.#dialling.size;
    if (remaining === 0) {
      this.#waiting.rejectAll(error);
      return;
    }
    this.#profile.limit.refusedBeyond(remaining, this.#options.clock.now());
    this.#options.logger.warn(
      `No further connection, going on with ${remaining}: ${String(error)}`,
    );
  }

  #drop(member: Member): void {
    if (!this.#members.delete(member)) return;
    const closing = member.close();
    this.#closing.add(closing);
    void closing.then(() => this.#closing.delete(closing));
    this.#tellState();
  }

  #tellState(): void {
    const busy = [...this.#members].filter(({ isBusy }) => isBusy).length;
    this.#state.tell({ connections: this.#members.size, busy });
  }
}

// Transfers gather on the connections that carry some; others take one that carries none. What answered
// last is the likeliest to answer again; the others may grow old and be closed.
function best(members: readonly Member[], { lane, use }: PlaceRequest): Member | undefined {
  const fits = (member: Member): boolean => member.carriesBulk === isBulk(lane);
  return members
    .filter((member) => member.hasPlaceFor(use))
    .toSorted((a, b) => Number(fits(b)) - Number(fits(a)) || b.lastUsed - a.lastUsed)[0];
}

function mayShare(use: PlaceRequest['use']): boolean {
  return use !== 'alone';
}
