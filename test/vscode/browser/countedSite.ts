import { startServing } from '../../../src/server/ftpServer.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { type Logger, silentLogger } from '../../../src/base/logger.ts';
import { makeTemporaryFolder } from '../../../scripts/temporaryFolder.ts';

/** A served folder whose clients are listened to. */
export interface CountedSite extends AsyncDisposable {
  /** What it is in the settings. */
  readonly setting: Readonly<Record<string, unknown>>;
  /** The workspace folder under which VS Code shows it. */
  readonly uri: string;
  /** What the clients said, without secrets. */
  readonly commands: readonly string[];
}

/** Serves a folder to anybody; the caller disposes it. */
export async function serveCountedSite(root: string): Promise<CountedSite> {
  await using opened = new AsyncDisposableStack();
  const { path: stateFolder } = opened.use(await makeTemporaryFolder('state'));
  const commands: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    debug: (line) => {
      if (line.startsWith('> ')) commands.push(line.slice(2));
    },
    scope: () => logger,
  };
  const { server, fingerprint = '' } = await startServing({
    folder: { kind: 'disk', root },
    listen: { host: '127.0.0.1', port: 0 },
    tls: 'explicit',
    stateFolder,
    readOnly: false,
    defaultPortOnly: true,
    clock: systemClock,
    logger,
    anonymous: true,
  });
  opened.use(server);
  const { host, port } = server.endpoint;
  const security = { security: 'explicit', fingerprints: [fingerprint] };
  const kept = opened.move();
  return {
    setting: { id: 'counted', name: 'Counted site', host, port, ...security },
    uri: 'portside://counted/',
    commands,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
