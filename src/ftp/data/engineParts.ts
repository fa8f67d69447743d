import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { UserPI } from '../control/userPI.ts';
import type { Network, TlsContext } from '../net/transport.ts';
import type { FtpConnectOptions } from '../options.ts';
import type { Ladder } from '../profile/ladder.ts';
import type { ServerProfile } from '../profile/serverProfile.ts';
import type { Rung } from '../rung.ts';

/** What the engine has in hand once a user is logged in; it stays the same until the end. */
export interface EngineParts {
  readonly pi: UserPI;
  readonly network: Network;
  readonly tls: TlsContext;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly options: FtpConnectOptions;
  readonly profile: ServerProfile;
  /** The one of the profile that belongs to the network between this client and the server. */
  readonly ladder: Ladder;
  /** How long a reply takes, in milliseconds. */
  readonly roundTrip: number;
}

/** What has become of the data connections of one control connection so far. */
export interface DataConnectionsUsed {
  /** The rung of the last one. */
  readonly rung: Rung | undefined;
  readonly opened: number;
  /** Of those opened, the ones that resumed a TLS session. */
  readonly resumed: number;
  /** RFC 959, 4.1.2: no command leads back to the default data port once another was agreed on. */
  readonly leftDefaultPort: boolean;
}
