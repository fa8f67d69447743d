import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import * as tls from 'node:tls';
import type { ServerCertificate } from '../../src/server/tls.ts';
import { politeAnswer } from './scriptedPeer.ts';

/** The server's side of one data connection. */
export interface TlsData {
  readonly secured: tls.TLSSocket;
  /** The socket below TLS: ending it sends no close_notify. */
  readonly raw: Socket;
}

export interface TlsPeerScript {
  readonly certificate: ServerCertificate;
  /** The certificate of data connections, with other keys for session tickets. */
  readonly dataCertificate?: ServerCertificate;
  readonly version?: 'TLSv1.2' | 'TLSv1.3';
  /** Answers a command; `undefined` leaves it to a server that logs in and knows EPSV and MODE. */
  readonly answer?: (line: string, say: (reply: string) => void) => string | undefined;
  /** Called for each data connection whose handshake is done. */
  readonly onData?: (data: TlsData) => void;
  /** How many data connections, the first ones, it closes before their handshake. */
  readonly closesData?: number;
}

/** A server with TLS from the first byte; a test says what it does on both connections. */
export interface TlsPeer extends AsyncDisposable {
  readonly port: number;
  readonly said: readonly string[];
  /** Whether each handshake resumed a session, and the name that it was asked for. */
  readonly controls: readonly Handshake[];
  readonly data: readonly Handshake[];
}

export interface Handshake {
  readonly resumed: boolean;
  readonly name: string | undefined;
}

export async function tlsPeer(script: TlsPeerScript): Promise<TlsPeer> {
  const { certificate, dataCertificate, version = 'TLSv1.3' } = script;
  const versions = { minVersion: version, maxVersion: version };
  const context = tls.createSecureContext({ ...certificate, ...versions });
  const dataContext = dataCertificate
    ? tls.createSecureContext({ ...dataCertificate, ...versions })
    : context;
  const said: string[] = [];
  const controls: Handshake[] = [];
  const data: Handshake[] = [];
  let toClose = script.closesData ?? 0;

  const dataSide = await listening((raw) => {
    if (toClose-- > 0) {
      raw.end();
      return;
    }
    const secured = secure(raw, dataContext);
    secured.once('secure', () => {
      data.push(handshakeOf(secured));
      secured.resume();
      script.onData?.({ secured, raw });
    });
  });

  const controlSide = await listening((raw) => {
    const secured = secure(raw, context);
    secured.once('secure', () => {
      controls.push(handshakeOf(secured));
      const say = (reply: string): void => void secured.write(`${reply}\r\n`);
      say('220 Hi');
      secured.on('data', (chunk: Buffer) => {
        for (const line of chunk.toString('latin1').split('\r\n').slice(0, -1)) {
          said.push(line);
          const answer =
            script.answer?.(line, say) ??
            // The reply to the transfer, then the one to ABOR.
            (line === 'ABOR' ? '426 Cut off\r\n226 Done' : politeAnswer(line, dataSide.port));
          if (answer !== undefined && answer !== '') say(answer.trimEnd());
        }
      });
    });
  });

  return {
    port: controlSide.port,
    said,
    controls,
    data,
    [Symbol.asyncDispose]: async () => {
      await controlSide[Symbol.asyncDispose]();
      await dataSide[Symbol.asyncDispose]();
    },
  };
}

function secure(raw: Socket, secureContext: tls.SecureContext): tls.TLSSocket {
  const options: tls.TLSSocketOptions = { isServer: true, secureContext, ALPNProtocols: ['ftp'] };
  const secured = new tls.TLSSocket(raw, options);
  secured.on('error', () => {});
  return secured;
}

function handshakeOf(secured: tls.TLSSocket): Handshake {
  const name: unknown = 'servername' in secured ? secured.servername : undefined;
  return {
    resumed: secured.isSessionReused(),
    name: typeof name === 'string' ? name : undefined,
  };
}

async function listening(
  onConnect: (socket: Socket) => void,
): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    onConnect(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
