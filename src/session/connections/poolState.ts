import { Emitter, type Event } from '../../base/event.ts';
import type { ConnectionDescription } from '../../ftp/ftpConnection.ts';
import { rungWords } from '../../ftp/rung.ts';
import type { SessionState } from '../remoteFileSystem.ts';

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
