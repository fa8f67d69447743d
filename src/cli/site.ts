import { join } from 'node:path';
import { CancelledError } from '../base/abort.ts';
import { errorMessage } from '../base/errorMessage.ts';
import type { RemotePath } from '../base/paths.ts';
import { RecordFolder } from '../base/recordFolder.ts';
import { memoryRecords } from '../base/records.ts';
import { connectFtp, type FtpParts } from '../ftp/connectFtp.ts';
import { FtpError } from '../ftp/errors.ts';
import type { Credentials, FtpConnectOptions } from '../ftp/options.ts';
import type { ServerProfile } from '../ftp/profile/serverProfile.ts';
import { OldBytesFolder } from '../session/saving/oldBytes.ts';
import { openRemoteFileSystem } from '../session/openRemoteFileSystem.ts';
import { RemoteFileError } from '../session/remoteFileError.ts';
import type { LeftOver, RemoteFileSystem } from '../session/remoteFileSystem.ts';
import {
  operationTimeoutOf,
  sessionDefaults,
  mostHelpfulConnections,
} from '../session/sessionOptions.ts';
import { LocalFileError } from '../sync/localFiles.ts';
import { adviceFor, type Attempt } from './advice.ts';
import { type ConnectionChoice, connectOptions } from './connectionOptions.ts';
import { credentialsOf } from './credentials.ts';
import { Failure, UsageError } from './errors.ts';
import { keptProfile } from './keptProfile.ts';
import { type RemoteAddress, siteLabel } from './remoteAddress.ts';
import { stateFolder } from './stateFolder.ts';
import { OutputClosedError, type Terminal } from './terminal.ts';
import { terminalLogger } from './terminalLogger.ts';
import type { VerbParts } from './verb.ts';

/** A server to which a verb has logged in. */
export interface OpenSite {
  readonly files: RemoteFileSystem;
  readonly signal: AbortSignal;
  /** False once the server has listed a folder of which there may be more than it has shown. */
  readonly hasListedAll: boolean;
  /** What went wrong, as the user is to read it. */
  sentence(error: unknown): string;
  /** Makes sure that the server can still be reached. Rejects with the reason where it cannot. */
  connect(): Promise<void>;
  /** The path that an address of this site means. */
  pathOf(address: RemoteAddress): Promise<RemotePath>;
}

/** Which server, how, and for how long. */
export interface SiteRequest {
  readonly address: RemoteAddress;
  readonly choice: ConnectionChoice;
  readonly parts: VerbParts;
  readonly signal: AbortSignal;
}

/**
 * Logs in, lets `act` work and closes everything. Rejects with a `Failure` that says it all, a
 * `UsageError`, or the signal's reason.
 */
export async function usingSite<T>(
  request: SiteRequest,
  act: (site: OpenSite) => Promise<T>,
): Promise<T> {
  const { address, choice, parts, signal } = request;
  const credentials = await credentialsOf(address, parts, signal);
  const { profile, keep } = await keptProfile(connectOptions(address, choice), credentials.user, {
    records: choice.keepsProfile
      ? new RecordFolder(join(stateFolder(parts), 'profiles'))
      : memoryRecords(),
    clock: parts.clock,
  });
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
    await keep();
    if (choice.trace) {
      const without = profile.ladder.exhausted ? 'could be had' : 'was needed';
      parts.terminal.tell(`Rung: ${rung ?? `no data connection ${without}`}`);
    }
  }
}

function openFiles(
  request: SiteRequest,
  credentials: Credentials,
  profile: ServerProfile,
): RemoteFileSystem {
  const { address, choice, parts } = request;
  const { clock, network, tls, newId, terminal } = parts;
  const logger = terminalLogger(terminal, choice);
  const options: FtpConnectOptions = connectOptions(address, choice);
  const engineParts: FtpParts = { network, tls, clock, logger, profile };
  return openRemoteFileSystem({
    ...sessionDefaults,
    connect: (signal) => connectFtp(options, credentials, engineParts, signal),
    profile,
    maxConnections: choice.connections ?? mostHelpfulConnections,
    // A command does one thing: no user opens a folder while files are copied.
    keptFromTransfers: 0,
    ...(choice.timeout !== undefined && {
      operationTimeoutMs: operationTimeoutOf(choice.timeout),
    }),
    oldBytes: new OldBytesFolder(join(stateFolder(parts), 'old'), newId),
    clock,
    logger,
    newId,
  });
}

function siteOf(
  { address, choice, parts, signal }: SiteRequest,
  files: RemoteFileSystem,
): OpenSite {
  const attempt: Attempt = {
    options: connectOptions(address, choice),
    anonymous: address.user === undefined,
  };
  let hasListedAll = true;
  // The log has already said why.
  files.onDidListInPart(() => (hasListedAll = false));
  tellLeftOvers(files, parts.terminal);
  return {
    files,
    signal,
    get hasListedAll() {
      return hasListedAll;
    },
    sentence: (error) => sentenceFor(error, siteLabel(address), attempt),
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

/** Tells of each left-over once, however often its folder is listed. */
function tellLeftOvers(files: RemoteFileSystem, terminal: Terminal): void {
  const told = new Set<RemotePath>();
  files.onDidFindLeftOvers(({ leftOvers }) => {
    for (const leftOver of leftOvers) {
      if (told.has(leftOver.path)) continue;
      told.add(leftOver.path);
      terminal.tell(leftOverSentence(leftOver));
    }
  });
}

function sentenceFor(error: unknown, label: string, attempt: Attempt): string {
  if (saysItAll(error)) return error.message;
  const message = errorMessage(error).trim();
  const ended = /[.!?]$/.test(message) ? message : `${message}.`;
  return `${label}: ${ended} ${adviceFor(error, attempt)}`.trimEnd();
}

/**
 * Why the server cannot be reached: the engine's own error. The session's error around it is about a
 * path that the user did not name.
 */
export function whyNoServer(error: unknown): unknown {
  return error instanceof RemoteFileError && error.cause instanceof FtpError ? error.cause : error;
}

// Size and time as far as the server told them.
function leftOverSentence({ path, entry, file }: LeftOver): string {
  const facts = [
    ...(entry.size === undefined ? [] : [`${entry.size} bytes`]),
    ...(entry.modified ? [`changed ${entry.modified.toISOString()}`] : []),
  ];
  const said = facts.length > 0 ? ` (${facts.join(', ')})` : '';
  const whose = file === undefined ? 'a file with a long name' : file;
  return `${path}${said} was left out: it holds what a save of ${whose} left or is sending.`;
}

function fatal(error: unknown, site: OpenSite): unknown {
  if (site.signal.aborted) return site.signal.reason;
  const asItIs = [UsageError, CancelledError, OutputClosedError].some(
    (kind) => error instanceof kind,
  );
  return asItIs || saysItAll(error) ? error : new Failure(site.sentence(error), { cause: error });
}

// These errors have nothing to do with the server, so its name does not belong in front of them.
function saysItAll(error: unknown): error is Error {
  return error instanceof Failure || error instanceof LocalFileError;
}
