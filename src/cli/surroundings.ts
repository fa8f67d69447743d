import type { Clock } from '../base/clock.ts';
import type { Lookup } from '../ftp/net/lookup.ts';
import type { TlsProbe } from '../ftp/net/tlsProbe.ts';
import type { Network, TlsFactory } from '../ftp/net/transport.ts';
import type { Terminal } from './terminal.ts';

/** Everything outside that the verbs may use. */
export interface Surroundings {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly network: Network;
  readonly lookup: Lookup;
  readonly tls: TlsFactory;
  readonly tlsProbe: TlsProbe;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the process stands. */
  readonly workingDirectory: string;
  readonly homeDirectory: string;
  readonly platform: NodeJS.Platform;
  readonly version: string;
  /** A new word of `[a-z0-9]`, never the same twice. */
  readonly newId: () => string;
}
