import { join } from 'node:path';
import { errorMessage } from '../base/errorMessage.ts';
import { CancelledError } from '../base/abort.ts';
import type { RemotePath } from '../base/paths.ts';
import { connectFtp, type FtpParts } from '../ftp/connectFtp.ts';
import { FtpError } from '../ftp/errors.ts';
import { anonymous, type Credentials, type FtpConnectOptions } from '../ftp/options.ts';
import { ServerProfile } from '../ftp/profile/serverProfile.ts';
import { OldBytesFolder } from '../session/saving/oldBytesFolder.ts';
import { openRemoteFileSystem } from '../session/openRemoteFileSystem.ts';
import { RemoteFileError } from '../session/remoteFileError.ts';
import type { LeftOver, RemoteFileSystem } from '../session/remoteFileSystem.ts';
import { operationTimeoutOf, sessionDefaults } from '../session/sessionOptions.ts';
import { LocalFileError } from '../sync/localFiles.ts';
import { adviceFor, type Attempt } from './advice.ts';
import { type ConnectionChoice, connectOptions } from './connectionOptions.ts';
import { Failure } from './failure.ts';
import { type RemoteAddress, siteLabel } from './remoteAddress.ts';
import { askSecret } from './secrets.ts';
import { stateFolder } from './stateFolder.ts';
import type { Surroundings } from './surroundings.ts';
import { OutputClosedError } from './terminal.ts';
import { terminalLogger } from './terminalLogger.ts';
import { UsageError } from './usageError.ts';

/** A server while a verb works with it. */
export interface Site {
  readonly files: RemoteFileSystem;
  /** How many files may be on their way at a time. */
  readonly connections: number;
  readonly signal: AbortSignal;
  /** False once a folder was listed of which there may be more than the server has shown. */
  readonly hasListedAll: boolean;
  /** What went wrong, as the user is to read it. */
  sentence(error: unknown): string;
  /** Makes sure that the server is still there. Rejects with what keeps us from it. */
  connect(): Promise<void>;
  /** The path that an address of this site means. */
  pathOf(address: RemoteAddress): Promise<RemotePath>;
}

/** Which server, how, and for how long. */
export interface SiteRequest {
  readonly address: RemoteAddress;
  readonly choice: ConnectionChoice;
  readonly surroundings: Surroundings;
  readonly signal: AbortSignal;
}

/**
 * Logs in, lets `act` work and closes everything. Rejects with a `Failure` that says it all, a
 * `UsageError`, or the signal's reason.
 */
export async function usingSite<T>(
  request: SiteRequest,
  act: (site: Site) => Promise<T>,
): Promise<T> {
  const { choice, surroundings } = request;
  const credentials = await credentialsOf(request);
  const profile = new ServerProfile(connectOptions(request.address, choice).rungs);
  let rung: string | undefined;
  try {
    await using files = openFiles(request, credentials, profile);
    const site = siteOf(request, files);
    try {
      await site.connect();
      return await act(site);
    } catch (error) {
      throw fatal(error, site);
    } finally {
      rung = files.state.rung;
    }
  } finally {
    if (choice.trace) {
      const without = profile.ladder.exhausted ? 'could be had' : 'was needed';
      surroundings.terminal.tell(`Rung: ${rung ?? `no data connection ${without}`}`);
    }
  }
}

/** The password of a user: PORTSIDE_PASSWORD, else what is typed; never an argument. */
export function askPassword(
  who: string,
  surroundings: Pick<Surroundings, 'environment' | 'terminal'>,
  signal: AbortSignal,
): Promise<string> {
  const wish = { variable: 'PORTSIDE_PASSWORD', what: `password of ${who}` };
  return askSecret(wish, surroundings, signal);
}

/** Who logs in: the user of the address, or anybody. */
export async function credentialsOf(request: SiteRequest): Promise<Credentials> {
  const { address, surroundings, signal } = request;
  const { user } = address;
  if (user === undefined || user === anonymous.user) return anonymous;
  return { user, password: await askPassword(siteLabel(address), surroundings, signal) };
}

function openFiles(
  request: SiteRequest,
  credentials: Credentials,
  profile: ServerProfile,
): RemoteFileSystem {
  const { address, choice, surroundings } = request;
  const { clock, network, tls, newId, terminal } = surroundings;
  const logger = terminalLogger(terminal, choice);
  const options: FtpConnectOptions = connectOptions(address, choice);
  const parts: FtpParts = { network, tls, clock, logger, profile };
  return openRemoteFileSystem({
    ...sessionDefaults,
    connect: (signal) => connectFtp(options, credentials, parts, signal),
    profile,
    maxConnections: choice.connections,
    // A command does one thing: nobody opens a folder beside it.
    keptFromTransfers: 0,
    ...(choice.timeout !== undefined && {
      operationTimeoutMs: operationTimeoutOf(choice.timeout),
    }),
    oldBytes: new OldBytesFolder(join(stateFolder(surroundings), 'old'), newId),
    clock,
    logger,
    newId,
  });
}

function siteOf(
  { address, choice, surroundings, signal }: SiteRequest,
  files: RemoteFileSystem,
): Site {
  const label = siteLabel(address);
  const attempt: Attempt = {
    options: connectOptions(address, choice),
    anonymous: address.user === undefined,
  };
  let hasListedAll = true;
  // The log has told it in words.
  files.onDidListInPart(() => (hasListedAll = false));
  const told = new Set<RemotePath>();
  files.onDidFindLeftOvers(({ leftOvers }) => {
    for (const leftOver of leftOvers) {
      if (told.has(leftOver.path)) continue;
      told.add(leftOver.path);
      surroundings.terminal.tell(leftOverSentence(leftOver));
    }
  });
  return {
    files,
    connections: choice.connections,
    signal,
    get hasListedAll() {
      return hasListedAll;
    },
    sentence: (error) => {
      if (saysItAll(error)) return error.message;
      const message = errorMessage(error).trim();
      const ended = /[.!?]$/.test(message) ? message : `${message}.`;
      return `${label}: ${ended} ${adviceFor(error, attempt)}`.trimEnd();
    },
    connect: async () => {
      try {
        await files.connect({ signal });
      } catch (error) {
        throw whyNoServer(error);
      }
    },
    pathOf: async ({ path }) => path ?? (await files.homeDirectory({ signal })),
  };
}

/** What keeps us from the server: what the session says around it is about a path that nobody named. */
export function whyNoServer(error: unknown): unknown {
  return error instanceof RemoteFileError && error.cause instanceof FtpError ? error.cause : error;
}

// As far as the server told it.
function leftOverSentence({ path, entry, file }: LeftOver): string {
  const facts = [
    ...(entry.size === undefined ? [] : [`${entry.size} bytes`]),
    ...(entry.modified ? [`changed ${entry.modified.toISOString()}`] : []),
  ];
  const said = facts.length > 0 ? ` (${facts.join(', ')})` : '';
  const whose = file === undefined ? 'a file with a long name' : file;
  return `${path}${said} was left out: it holds what a save of ${whose} left or is sending.`;
}

function fatal(error: unknown, site: Site): unknown {
  if (site.signal.aborted) return site.signal.reason;
  const asItIs = [UsageError, CancelledError, OutputClosedError].some(
    (kind) => error instanceof kind,
  );
  return asItIs || saysItAll(error) ? error : new Failure(site.sentence(error), { cause: error });
}

// The server has no part in it.
function saysItAll(error: unknown): error is Error {
  return error instanceof Failure || error instanceof LocalFileError;
}
