import { createServer, Socket } from 'node:net';
import { onAbort, raceAbort } from '../../base/abort.ts';
import { type Endpoint, sameAddress } from '../../ftp/grammar/endpoint.ts';
import { toEndpoint } from '../control/socketEnds.ts';
import type { SessionTls } from '../tls.ts';
import { DataTransport } from './dataTransport.ts';

/** How data connections of one control connection are protected. */
export interface DataProtection {
  readonly tls: SessionTls;
  /** Only a client that resumes the control connection's session is proved to be the same. */
  readonly mustResume: boolean;
}

/** A data connection did not resume the control connection's TLS session. */
export class NotResumedError extends Error {
  override readonly name = 'NotResumedError';
}

/** A port that is listened on. */
export interface Listening extends AsyncDisposable {
  readonly endpoint: Endpoint;
}

/** Listens for any number of connections. Disposing ends the listening, not the connections. */
export async function listenOn(
  local: { host: string; port: number },
  onConnection: (socket: Socket) => void,
): Promise<Listening> {
  const server = createServer({ allowHalfOpen: true }, onConnection);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...local, exclusive: true }, resolve);
  });
  server.removeAllListeners('error');
  // If a connection cannot be accepted, for lack of file descriptors, only that client is affected.
  server.on('error', () => {});
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No TCP port');
  return {
    endpoint: toEndpoint(address.address, address.port),
    // Its own 'close' event would wait for the connections too.
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

/** A passive data port: waits for one connection of one peer. */
export interface PassivePort extends AsyncDisposable {
  readonly endpoint: Endpoint;
  /** The connection, after its handshake. The caller closes it. */
  accept(signal: AbortSignal): Promise<DataTransport>;
}

/**
 * Listens for one data connection from `peer`; all others are closed at once. Its TLS handshake begins as
 * soon as it connects: a client may wait for it before it sends RETR.
 */
export async function listenForData(
  host: string,
  peer: string,
  protection: DataProtection | undefined,
): Promise<PassivePort> {
  const { promise, resolve, reject } = Promise.withResolvers<DataTransport>();
  promise.catch(() => {});
  let first: Socket | undefined;
  let taken = false;
  const listening = await listenOn({ host, port: 0 }, (socket) => {
    if (first || !sameAddress(socket.remoteAddress ?? '', peer)) {
      socket.destroy();
      return;
    }
    first = socket;
    void listening[Symbol.asyncDispose]();
    openData(socket, protection).then(resolve, reject);
  });
  return {
    endpoint: listening.endpoint,
    accept: async (signal) => {
      const transport = await raceAbort(promise, signal);
      taken = true;
      return transport;
    },
    [Symbol.asyncDispose]: async () => {
      if (!taken) first?.destroy();
      reject(new Error('The data port was given up'));
      await listening[Symbol.asyncDispose]();
    },
  };
}

/**
 * Connects to the client, from the preferred local port if possible. That port may be taken or reserved,
 * or the system may still remember an old connection. Clients accept any other port.
 */
export async function dialData(
  preferred: { host: string; port: number },
  remote: Endpoint,
  protection: DataProtection | undefined,
  signal: AbortSignal,
): Promise<DataTransport> {
  const socket = await dial(preferred, remote, signal).catch((error: unknown) => {
    if (!isPortTrouble(error)) throw error;
    return dial({ host: preferred.host, port: 0 }, remote, signal);
  });
  using _ = onAbort(signal, () => socket.destroy());
  return await openData(socket, protection);
}

function isPortTrouble(error: unknown): boolean {
  const codes = ['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'EPERM', 'EINVAL'];
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

async function dial(
  local: { host: string; port: number },
  { host, port }: Endpoint,
  signal: AbortSignal,
): Promise<Socket> {
  const socket = new Socket({ allowHalfOpen: true });
  using _ = onAbort(signal, () => socket.destroy());
  const from = { localAddress: local.host, ...(local.port > 0 ? { localPort: local.port } : {}) };
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('The connection was given up')));
    socket.connect({ host, port, ...from }, resolve);
  });
  return socket;
}

async function openData(
  socket: Socket,
  protection: DataProtection | undefined,
): Promise<DataTransport> {
  socket.setNoDelay(true);
  if (!protection) return new DataTransport(socket, undefined);
  const secured = protection.tls.wrap(socket);
  try {
    await new Promise<void>((resolve, reject) => {
      const unfinished = (): void => reject(new Error('The TLS handshake was not finished'));
      secured.once('secure', () => {
        if (protection.mustResume && !secured.isSessionReused()) {
          // At once: the tickets of this handshake are written when this event is over. They must not
          // leave, because the client could show them at its next connection.
          socket.destroy();
          reject(new NotResumedError('The TLS session was not resumed'));
          return;
        }
        resolve();
      });
      secured.on('error', reject);
      // A client that gives up ends its bytes. The half-open socket would wait for more.
      secured.once('end', unfinished).once('close', unfinished);
    });
    return new DataTransport(secured, secured.isSessionReused());
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
