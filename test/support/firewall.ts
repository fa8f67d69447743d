import { raceAbort } from '../../src/base/abort.ts';
import { systemClock } from '../../src/base/clock.ts';
import { tcpNetwork } from '../../src/ftp/net/tcp.ts';
import type { Network } from '../../src/ftp/net/transport.ts';

/** A network in which some ports of the server never answer, as if a firewall dropped each SYN. */
export interface Firewall {
  readonly network: Network;
  /** Ports that were dialled and stayed silent. */
  readonly silenced: readonly number[];
  /** True of the ports that answer. A test may change it while connections are open. */
  lets: (port: number) => boolean;
}

/** Lets these ports through. Connections that are open stay open. */
export function firewall(lets: (port: number) => boolean): Firewall {
  const network = tcpNetwork(systemClock);
  const silenced: number[] = [];
  const wall: Firewall = {
    lets,
    silenced,
    network: {
      ...network,
      dial: async (remote, options) => {
        if (wall.lets(remote.port)) return await network.dial(remote, options);
        silenced.push(remote.port);
        return await raceAbort(new Promise<never>(() => {}), options.signal);
      },
    },
  };
  return wall;
}
