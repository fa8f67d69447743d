// The project's own FTP server, run as a process of its own from the bundled command line.
import { type ProcessGroup, startGroup } from './childProcess.ts';
import { within } from './waiting.ts';

/** What the server serves and how. */
export interface EmbeddedServerOptions {
  /** The bundled command line. */
  readonly commandLine: string;
  /** The folder to serve. */
  readonly root: string;
  /** More arguments of `portside serve`. */
  readonly args?: readonly string[];
  readonly signal: AbortSignal;
}

/** A running server; disposing it ends it. */
export interface EmbeddedServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** The SHA-256 fingerprint of its certificate, in hex. */
  readonly fingerprint: string;
  /** The end of what it wrote. */
  output(): string;
}

/**
 * Serves a folder to anonymous users under explicit TLS on 127.0.0.1, with the default data port as
 * the only one. The caller disposes the server.
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const { commandLine, root, args = [], signal } = options;
  await using opened = new AsyncDisposableStack();
  const server = opened.use(
    startGroup(process.execPath, [
      commandLine,
      'serve',
      '--root',
      root,
      '--tls',
      'explicit',
      '--anonymous',
      '--listen',
      '127.0.0.1:0',
      '--default-port-only',
      ...args,
    ]),
  );
  const address = await addressOf(server, within(signal));
  const kept = opened.move();
  return {
    ...address,
    output: () => server.output,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function addressOf(
  server: ProcessGroup,
  signal: AbortSignal,
): Promise<{ host: string; port: number; fingerprint: string }> {
  const [, host = '', port] = await server.waitForOutput(/^listening (\S+):(\d+)\s/m, signal);
  const [, shown = ''] = await server.waitForOutput(/^fingerprint ([\da-f:]+)\s/im, signal);
  return { host, port: Number(port), fingerprint: shown.replaceAll(':', '').toLowerCase() };
}
