import { commandLineFile } from '../../../scripts/paths.ts';
import type { DataPortName } from '../../../src/ftp/rung.ts';
import { serverSide } from './addresses.ts';
import type { NetworkLab } from './networkLab.ts';

// As users run it, bundled: a source that is stripped of its types first takes a second to start.
const commandLine = [process.execPath, commandLineFile];

/** How the control connection is protected; addresses are written accordingly. */
export type Protection = 'none' | 'explicit';

/** Runs the engine's command line on the client's host. */
export async function portside(
  lab: NetworkLab,
  words: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly code: number; readonly output: string }> {
  return await lab.client.attempt([...commandLine, ...words], signal);
}

/** One that serves a folder with files in it, on port 21 of the server's host. */
export interface TestedServer extends AsyncDisposable {
  /** How to reach it from the client, the options that trust it first. */
  readonly address: readonly string[];
}

/** Starts the embedded server. Its folder holds `name`; whoever reads it reads `content`. */
export async function startServer(
  lab: NetworkLab,
  { protection, root, personality }: { protection: Protection; root: string; personality?: string },
  signal: AbortSignal,
): Promise<TestedServer> {
  const words = ['serve', '--root', root, '--listen', '0.0.0.0:21', '--tls', protection];
  const extra = personality === undefined ? [] : ['--personality', personality];
  const server = lab.server.start([...commandLine, ...words, '--anonymous', ...extra]);
  try {
    await server.waitForOutput(/^listening /m, signal);
    const fingerprint =
      protection === 'none' ? undefined : await server.waitForOutput(/^fingerprint (\S+)/m, signal);
    const address = fingerprint
      ? ['--fingerprint', String(fingerprint[1]), `ftpes://${serverSide.host}/`]
      : [`ftp://${serverSide.host}/`];
    return { address, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** Whether the file at `path` can be read through this data port and no other; how it is framed is all one. */
export async function readsThrough(
  lab: NetworkLab,
  { address }: TestedServer,
  { dataPort, path }: { readonly dataPort: DataPortName; readonly path: string },
  signal: AbortSignal,
): Promise<boolean> {
  const [url = '', ...options] = address.toReversed();
  const way = ['--no-profile', '--mode', 'stream', '--data-port', dataPort];
  const words = ['cat', ...way, ...options.toReversed()];
  const { code } = await portside(lab, [...words, url + path], signal);
  return code === 0;
}
