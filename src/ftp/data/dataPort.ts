import type { UserPI } from '../control/userPI.ts';
import { ConnectionError } from '../errors.ts';
import type { Endpoint } from '../grammar/endpoint.ts';
import type { Listener, Network, Transport } from '../net/transport.ts';
import type { DataPortName } from '../rung.ts';

/**
 * Agreed on, not yet open. Passive data ports dial in `open`, which may run while the transfer
 * command is on its way; active ones accept. Disposing gives the port up.
 */
export interface PendingDataConnection extends AsyncDisposable {
  /** True where we dial: that needs nothing more from the server. */
  readonly dials: boolean;
  open(signal: AbortSignal): Promise<Transport>;
}

/** What a data port needs of its surroundings. */
export interface DataPortContext {
  readonly pi: UserPI;
  readonly network: Network;
  /** Dial the address of a 227 reply; else that of the control connection's peer. */
  readonly usePassiveAddress: boolean;
  /** RFC 959, 3.2: the listener on the control connection's own port; opened when first needed. */
  readonly defaultListener: () => Promise<Listener>;
}

/** How a data connection comes about: says the command, if it takes one, and is ready. */
export type DataPort = (
  context: DataPortContext,
  signal: AbortSignal,
) => Promise<PendingDataConnection>;

export const dataPorts: Readonly<Record<DataPortName, DataPort>> = {
  // RFC 959, 3.2: "the user-process default data port is the same as the control connection
  // port", and 3.3: it "must listen" before the transfer command is sent. Nothing is said.
  default: async (context) => {
    const listener = await context.defaultListener();
    return {
      dials: false,
      open: (signal) => listener.accept(signal),
      [Symbol.asyncDispose]: async () => {},
    };
  },

  epsv: async (context, signal) => {
    const port = await context.pi.extendedPassive(signal);
    return dialled(context, { ...context.pi.control.remote, port });
  },

  // An address in a 227 reply is often one that only the server's own network knows, and may be
  // an attack on a third host (CVE-2020-8284): the peer that we already talk to is dialled.
  pasv: async (context, signal) => {
    const named = await context.pi.passive(signal);
    const { control } = context.pi;
    return dialled(
      context,
      context.usePassiveAddress ? named : { ...control.remote, port: named.port },
    );
  },

  eprt: async (context, signal) => {
    const listener = await listenForPeer(context);
    return accepting(listener, context.pi.extendedPort(listener.endpoint, signal));
  },

  port: async (context, signal) => {
    const listener = await listenForPeer(context);
    if (listener.endpoint.family === 4) {
      return accepting(listener, context.pi.port(listener.endpoint, signal));
    }
    await listener[Symbol.asyncDispose]();
    throw new ConnectionError('data', 'PORT can name no IPv6 address (RFC 2428)');
  },
};

function dialled({ network }: DataPortContext, remote: Endpoint): PendingDataConnection {
  return {
    dials: true,
    open: (signal) => network.dial(remote, { signal }),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Opens it at once, before the server is asked for anything; `open` then hands it over. */
export async function opened(
  pending: PendingDataConnection,
  signal: AbortSignal,
): Promise<PendingDataConnection> {
  let transport: Transport | undefined = await pending.open(signal);
  return {
    dials: true,
    open: async () => {
      const taken = transport;
      transport = undefined;
      if (!taken) throw new ConnectionError('data', 'The data connection was taken before');
      return taken;
    },
    [Symbol.asyncDispose]: async () => {
      transport?.destroy();
      await pending[Symbol.asyncDispose]();
    },
  };
}

function listenForPeer({ pi, network }: DataPortContext): Promise<Listener> {
  return network.listen({ host: pi.control.local.host, port: 0 }, pi.control.remote.host);
}

async function accepting(
  listener: Listener,
  agreed: Promise<void>,
): Promise<PendingDataConnection> {
  try {
    await agreed;
  } catch (error) {
    await listener[Symbol.asyncDispose]();
    throw error;
  }
  return {
    dials: false,
    open: (signal) => listener.accept(signal),
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}
