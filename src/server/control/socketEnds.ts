import { type Endpoint, plainAddress } from '../../ftp/grammar/endpoint.ts';

/** What a socket says of its two ends. */
interface Ends {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** The server's end of a connection; IPv4-mapped addresses in their plain form. */
export function localEnd(socket: Ends): Endpoint {
  return toEndpoint(socket.localAddress, socket.localPort);
}

/** The client's end of a connection. */
export function remoteEnd(socket: Ends): Endpoint {
  return toEndpoint(socket.remoteAddress, socket.remotePort);
}

/** The endpoint of an address and a port, as the system tells them. */
export function toEndpoint(address = '', port = 0): Endpoint {
  const host = plainAddress(address);
  return { host, port, family: host.includes(':') ? 6 : 4 };
}
