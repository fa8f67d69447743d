/** Bounds; times in milliseconds. */
export interface ServerLimits {
  readonly connections: number;
  /** From one address, or one IPv6 network of 64 bits. */
  readonly connectionsPerAddress: number;
  /** From the greeting to a login. */
  readonly login: number;
  /** For a TLS handshake of a control connection. */
  readonly handshake: number;
  /** Without a command and without a transfer. */
  readonly idle: number;
  /** For a data connection to stand, its handshake included. */
  readonly dataConnection: number;
  /** For the next bytes of a transfer. */
  readonly stall: number;
  /** Before a bad password is answered. It grows twofold with each from one address. */
  readonly badPasswordDelay: number;
  /** How far it grows. */
  readonly longestPasswordDelay: number;
  readonly badPasswords: number;
  /** How long a connection may take to close after our last byte. */
  readonly linger: number;
}

/** What holds where nobody chose otherwise. */
export const defaultLimits: ServerLimits = {
  connections: 200,
  // A client opens sixteen at most; a few of them may stand behind one router.
  connectionsPerAddress: 64,
  login: 60_000,
  handshake: 10_000,
  idle: 300_000,
  dataConnection: 15_000,
  stall: 60_000,
  badPasswordDelay: 500,
  longestPasswordDelay: 8_000,
  badPasswords: 3,
  linger: 3_000,
};

/** How far a client may get ahead of the server, before its login (`stranger`) and after it (`known`). */
export const clientBounds: Readonly<
  Record<'queued' | 'unsent', Readonly<Record<'stranger' | 'known', number>>>
> = {
  /** Commands sent ahead: at this many the server reads no more until it has answered some. */
  queued: { stranger: 16, known: 4_096 },
  /** Bytes of replies that the client has not read: beyond them no further command is answered. */
  unsent: { stranger: 64 * 1024, known: 1024 * 1024 },
};
