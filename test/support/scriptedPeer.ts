import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** A TCP server that does only what a test says, and keeps every byte that it receives. */
export interface ScriptedPeer extends AsyncDisposable {
  readonly port: number;
  /** Everything that clients have written so far, as latin1. */
  readonly received: string;
  readonly connections: number;
  /** Those that are open. */
  readonly sockets: ReadonlySet<Socket>;
  /** Resolves when the client has closed its last connection. */
  readonly allClosed: Promise<void>;
}

/**
 * Greets each connection with `greeting` and hands every received chunk to `answer`; what that
 * returns is written back. `undefined` says nothing.
 */
export async function scriptedPeer(script: {
  greeting?: string | Uint8Array;
  answer?: (line: string, socket: Socket) => string | Uint8Array | undefined;
  /** Like a server that drops what has come behind a command when it reads it. */
  takesOneOfEachChunk?: boolean;
  /** Called for each connection: for data connections, on which there are no commands. */
  onConnect?: (socket: Socket) => void;
}): Promise<ScriptedPeer> {
  const sockets = new Set<Socket>();
  const closed = Promise.withResolvers<void>();
  let received = '';
  let connections = 0;
  const server: Server = createServer({ noDelay: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) closed.resolve();
    });
    script.onConnect?.(socket);
    if (script.greeting !== undefined) socket.write(script.greeting);
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      const lines = chunk.toString('latin1').split('\r\n').slice(0, -1);
      for (const line of script.takesOneOfEachChunk ? lines.slice(0, 1) : lines) {
        const answer = script.answer?.(line, socket);
        if (answer !== undefined) socket.write(answer);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    // A TCP server's address is never a path.
    port: (server.address() as AddressInfo).port,
    get received() {
      return received;
    },
    get connections() {
      return connections;
    },
    sockets,
    allClosed: closed.promise,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The answers of a server without TLS up to the end of the login. */
export function loginAnswers(line: string): string | undefined {
  const verb = line.split(' ')[0];
  if (verb === 'USER') return '331 Password\r\n';
  if (verb === 'PASS') return '230 In\r\n';
  if (verb === 'FEAT') return '211-Features\r\n UTF8\r\n SIZE\r\n MLST type*;\r\n211 End\r\n';
  if (verb === 'PWD') return '257 "/"\r\n';
  if (verb === 'OPTS' || verb === 'TYPE' || verb === 'MODE') return '200 Fine\r\n';
  return undefined;
}

/** The same, and the answers of a server with passive data ports and without any file. */
export function politeAnswer(line: string, dataPort: number): string | undefined {
  const [verb = ''] = line.split(' ');
  if (verb === 'EPSV') return `229 Here (|||${dataPort}|)\r\n`;
  if (verb === 'ABOR') return '226 Nothing to abort\r\n';
  if (['PBSZ', 'PROT', 'MODE', 'NOOP', 'CWD'].includes(verb)) return '200 Fine\r\n';
  if (verb === 'SIZE' || verb === 'MLST') return '550 No such file\r\n';
  return loginAnswers(line);
}

/** Writes `piece` repeatedly until the other side closes or `limit` bytes have been written. */
export function flood(
  socket: Socket,
  piece: Uint8Array,
  limit: number,
  count: { sent: number },
): void {
  while (!socket.destroyed && count.sent < limit) {
    count.sent += piece.length;
    if (socket.write(piece)) continue;
    socket.once('drain', () => flood(socket, piece, limit, count));
    return;
  }
}
