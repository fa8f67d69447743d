import { concatBytes } from '../../src/base/bytes.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { type Logger, silentLogger } from '../../src/base/logger.ts';
import { type RemotePath, toRemotePath } from '../../src/base/paths.ts';
import { connectFtp } from '../../src/ftp/connectFtp.ts';
import type { FtpConnection } from '../../src/ftp/ftpConnection.ts';
import { tcpNetwork } from '../../src/ftp/net/tcp.ts';
import { nodeTls } from '../../src/ftp/net/tls.ts';
import type { Network } from '../../src/ftp/net/transport.ts';
import { type Credentials, defaultOptions, type FtpConnectOptions } from '../../src/ftp/options.ts';
import { allRungs, type Rung } from '../../src/ftp/rung.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import { memoryFolder } from '../../src/server/folder/memoryFolder.ts';
import { type FtpServer, startFtpServer } from '../../src/server/ftpServer.ts';
import type { FtpServerOptions } from '../../src/server/options.ts';
import { testCertificate } from './testCertificate.ts';

/** The embedded server over memory, on a free port of loopback; user anna, password secret. */
export async function startTestServer(
  overrides: Partial<FtpServerOptions> & { files?: Record<string, string | Uint8Array> } = {},
): Promise<FtpServer> {
  const { cert, key } = await testCertificate;
  const { files, ...options } = overrides;
  return await startFtpServer({
    listen: { host: '127.0.0.1', port: 0 },
    folder: memoryFolder(files),
    tls: 'explicit',
    certificate: { cert, key },
    authenticate: ({ user, password }) => user === 'anna' && password === 'secret',
    anonymous: false,
    clock: systemClock,
    logger: silentLogger,
    ...options,
  });
}

export const anna: Credentials = { user: 'anna', password: 'secret' };

export interface EngineOverrides extends Partial<Omit<FtpConnectOptions, 'timeouts' | 'trust'>> {
  readonly timeouts?: Partial<FtpConnectOptions['timeouts']>;
  readonly trust?: Partial<FtpConnectOptions['trust']>;
  readonly credentials?: Credentials;
  readonly profile?: ServerProfile;
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  /** The network in place of the machine's own. */
  readonly network?: Network;
  /** Called with the local port of each connection that the engine dials. */
  readonly onDial?: (localPort: number) => void;
}

/** The engine's own connection to a server at `port` of loopback, its test certificate trusted. */
export async function connectEngine(
  port: number,
  overrides: EngineOverrides = {},
): Promise<FtpConnection> {
  const { timeouts, trust, credentials, profile, logger, clock, signal, onDial, ...others } =
    overrides;
  const { network = tcpNetwork(systemClock), ...rest } = others;
  const { fingerprint } = await testCertificate;
  const options: FtpConnectOptions = {
    ...defaultOptions,
    host: '127.0.0.1',
    port,
    ...rest,
    trust: { ...defaultOptions.trust, fingerprints: [fingerprint], ...trust },
    timeouts: { ...defaultOptions.timeouts, ...timeouts },
  };
  return await connectFtp(
    options,
    credentials ?? anna,
    {
      network: {
        ...network,
        dial: async (remote, dialling) => {
          const transport = await network.dial(remote, dialling);
          onDial?.(transport.local.port);
          return transport;
        },
      },
      tls: nodeTls,
      clock: clock ?? systemClock,
      logger: logger ?? silentLogger,
      profile: profile ?? new ServerProfile(options.rungs ?? allRungs),
    },
    signal ?? live,
  );
}

/** A profile that knows from before that the server frames the files of block mode. */
export function provedProfile(rungs: readonly Rung[] = allRungs): ServerProfile {
  return new ServerProfile(rungs, { framing: 'proved', networks: [] });
}

/** A signal that never aborts. */
export const live: AbortSignal = new AbortController().signal;

export const at = (path: string): RemotePath => toRemotePath(path);

/** The whole file, or what went wrong. */
export async function readWhole(connection: FtpConnection, path: string): Promise<Uint8Array> {
  await using retrieval = await connection.retrieve(at(path), { signal: live });
  const pieces: Uint8Array[] = [];
  for await (const piece of retrieval.bytes) pieces.push(piece);
  return concatBytes(pieces);
}

export async function storeWhole(
  connection: FtpConnection,
  path: string,
  content: Uint8Array,
): Promise<number> {
  return await connection.store(at(path), [content], { signal: live });
}

/** Bytes without a short period: a piece that is lost, doubled or moved shows. */
export function patternBytes(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}
