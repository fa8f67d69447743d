import type { Listener, Network } from '../../ftp/net/transport.ts';

/** What was seen of the data connections of one session. */
export interface Sighting {
  clientPort?: number;
  serverPort?: number;
  /** A data connection stood, as far as TCP goes. */
  stood: boolean;
}

/** The same network, with an eye on the data connections of the one session that uses it. */
export function watchedNetwork(network: Network, sighting: Sighting): Network {
  let dials = 0;
  return {
    dial: async (remote, options) => {
      dials += 1;
      // The first one is the control connection.
      if (dials === 1) return await network.dial(remote, options);
      sighting.serverPort = remote.port;
      const transport = await network.dial(remote, options);
      sighting.clientPort = transport.local.port;
      sighting.stood = true;
      return transport;
    },
    listen: async (local, peer) => {
      const listener = await network.listen(local, peer);
      sighting.clientPort = listener.endpoint.port;
      return watchedListener(listener, sighting);
    },
    through: (proxy) => watchedNetwork(network.through(proxy), sighting),
  };
}

function watchedListener(listener: Listener, sighting: Sighting): Listener {
  return {
    endpoint: listener.endpoint,
    accept: async (signal) => {
      const transport = await listener.accept(signal);
      sighting.serverPort = transport.remote.port;
      sighting.stood = true;
      return transport;
    },
    discard: () => listener.discard(),
    [Symbol.asyncDispose]: async () => await listener[Symbol.asyncDispose](),
  };
}
