import { randomBytes } from 'node:crypto';
import { systemClock } from '../../../src/base/clock.ts';
import { type RemotePath, toRemotePath } from '../../../src/base/paths.ts';
import { connectFtp } from '../../../src/ftp/connectFtp.ts';
import type { FtpConnection } from '../../../src/ftp/ftpConnection.ts';
import { tcpNetwork } from '../../../src/ftp/net/tcp.ts';
import { nodeTls } from '../../../src/ftp/net/tls.ts';
import {
  type Credentials,
  defaultOptions,
  type FtpConnectOptions,
} from '../../../src/ftp/options.ts';
import { ServerProfile } from '../../../src/ftp/profile/serverProfile.ts';
import { openRemoteFileSystem } from '../../../src/session/openRemoteFileSystem.ts';
import type { RemoteFileSystem } from '../../../src/session/remoteFileSystem.ts';
import { sessionDefaults, type SessionOptions } from '../../../src/session/sessionOptions.ts';
import type { RunningServer } from './realServer.ts';
import { listeningLogger } from '../../support/listeningLogger.ts';

export interface SiteOverrides {
  readonly credentials?: Credentials;
  readonly fingerprints?: readonly string[];
  readonly connect?: Partial<FtpConnectOptions>;
  readonly session?: Partial<SessionOptions>;
}

/** A server as the extension opens it, and what can be seen of its connections from below. */
export interface Site extends AsyncDisposable {
  readonly files: RemoteFileSystem;
  /** All connections that were made, the lost and closed ones too. */
  readonly connections: readonly FtpConnection[];
  /** Each command and reply, as the log channel shows them. */
  readonly talk: readonly string[];
}

/** Opens a server through the same doors as the extension. The caller disposes it. */
export function openSite(server: RunningServer, overrides: SiteOverrides = {}): Site {
  const { host, port, user, password, fingerprint } = server;
  const { credentials = { user, password }, fingerprints = [fingerprint] } = overrides;
  const connections: FtpConnection[] = [];
  const talk: string[] = [];
  const logger = listeningLogger(['debug', 'info', 'warn', 'error'], (line) => talk.push(line));
  const trust = { ...defaultOptions.trust, fingerprints };
  const security = server.protection === 'none' ? 'none' : 'explicit';
  const options = { ...defaultOptions, host, port, security, trust, ...overrides.connect } as const;
  const environment = {
    network: tcpNetwork(systemClock),
    tls: nodeTls,
    clock: systemClock,
    logger,
    profile: new ServerProfile(options.rungs),
  };
  const files = openRemoteFileSystem({
    ...sessionDefaults,
    connect: async (signal) => {
      const connection = await connectFtp(options, credentials, environment, signal);
      connections.push(connection);
      return connection;
    },
    clock: systemClock,
    logger,
    newId: () => randomBytes(6).toString('hex'),
    ...overrides.session,
  });
  return { files, connections, talk, [Symbol.asyncDispose]: () => files[Symbol.asyncDispose]() };
}

/** A signal that never aborts. */
export const live: AbortSignal = new AbortController().signal;

export const at = (path: string): RemotePath => toRemotePath(path);
