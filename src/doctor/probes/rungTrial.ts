import { collectBytes } from '../../base/bytes.ts';
import { TimeoutError } from '../../base/clock.ts';
import { errorMessage } from '../../base/errorMessage.ts';
import { joinPath, type RemotePath, rootPath } from '../../base/paths.ts';
import { connectFtp } from '../../ftp/connectFtp.ts';
import {
  ConnectionError,
  FtpError,
  FtpTimeoutError,
  LoginError,
  ReplyError,
  TlsError,
} from '../../ftp/errors.ts';
import type { FtpConnection } from '../../ftp/ftpConnection.ts';
import type { Listing } from '../../ftp/grammar/listing/listing.ts';
import type { ListingCommand } from '../../ftp/options.ts';
import { ServerProfile } from '../../ftp/profile/serverProfile.ts';
import { isPassive, type Rung } from '../../ftp/rung.ts';
import type { Subject } from '../doctorOptions.ts';
import type { Examination } from '../examination.ts';
import type { RungTrial, TrialOutcome } from '../report/report.ts';
import { codeOf, engineError } from './dialling.ts';
import { type Sighting, watchedNetwork } from './recording.ts';

/** A trial, and the listing that came over its data connection. */
export interface TriedRung {
  readonly trial: RungTrial;
  readonly listing: Listing | undefined;
}

// A listing that stands still for so long on an open data connection has failed.
const stallMs = 5_000;
const replyMs = 10_000;

// The Doctor's only retries: a login that failed for a passing reason is tried again after each of
// these pauses, four times in all. A server that counts connections may need a moment to see that
// the one before has ended.
const pausesMs = [50, 250, 700, 1_500];

// The test reads a whole file to see whether the server sends blocks: never a large one.
const largestProof = 64 * 1024;

/** Logs in again and lists the folder on one rung alone. Rejects with the signal's reason only. */
export async function tryRung(
  exam: Examination,
  subject: Subject,
  rung: Rung,
  signal: AbortSignal,
): Promise<TriedRung> {
  const began = subject.parts.clock.now();
  const sighting: Sighting = { stood: false };
  const seen = await seeRung(exam, subject, rung, sighting, signal);
  const { stood: _stood, ...ports } = sighting;
  const { listing, ...outcome } = seen;
  const dialledBy = isPassive(rung.dataPort) ? 'client' : 'server';
  const ms = subject.parts.clock.now() - began;
  return { trial: { rung, dialledBy, ...ports, ...outcome, ms }, listing };
}

type Seen = Pick<RungTrial, 'outcome' | 'said' | 'replyCode' | 'resumed'> & {
  readonly listing?: Listing;
};

async function seeRung(
  exam: Examination,
  subject: Subject,
  rung: Rung,
  sighting: Sighting,
  signal: AbortSignal,
): Promise<Seen> {
  const profile = new ServerProfile([rung], undefined, subject.omissions);
  let connection: FtpConnection | undefined;
  try {
    connection = await connectOn(subject, { rung, listing: 'list', profile, sighting }, signal);
    const listing = await connection.list(await folderOf(subject, connection, signal), { signal });
    const framed = await seesFraming(connection, listing, subject, profile, signal);
    const outcome = framed ? 'worked' : 'notOffered';
    const said = framed ? workedWords(connection) : 'accepted, but the data came without blocks';
    return { outcome, said, listing, ...resumption(connection) };
  } catch (error) {
    const failure = engineError(error, signal);
    if (!connection) {
      return { outcome: 'notTried', said: `no new session: ${exam.quote(failure.message)}` };
    }
    const { outcome, replyCode } = outcomeOf(failure, sighting);
    const said = exam.quote(wordsOf(failure, outcome));
    const more = replyCode === undefined ? {} : { replyCode };
    return { outcome, said, ...more, ...resumption(connection) };
  } finally {
    await connection?.[Symbol.asyncDispose]();
  }
}

/** A new login on one rung. Tries again while the server may still count the connection before. */
export async function connectOn(
  { options, credentials, parts }: Subject,
  how: {
    readonly rung: Rung;
    readonly listing: ListingCommand;
    readonly profile: ServerProfile;
    readonly sighting?: Sighting;
  },
  signal: AbortSignal,
): Promise<FtpConnection> {
  const { timeouts } = options.connect;
  const network = watchedNetwork(parts.network, how.sighting ?? { stood: false });
  const choice = {
    ...options.connect,
    rungs: [how.rung],
    listing: how.listing,
    timeouts: {
      ...timeouts,
      reply: Math.min(timeouts.reply, replyMs),
      stall: Math.min(timeouts.stall, stallMs),
    },
  };
  for (let tries = 0; ; tries++) {
    try {
      const environment = { ...parts, network, profile: how.profile };
      return await connectFtp(choice, credentials, environment, signal);
    } catch (error) {
      const pause = pausesMs[tries];
      if (!isPassing(error) || pause === undefined) throw error;
      await parts.clock.sleep(pause, signal);
    }
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionError) return codeOf(error) !== 'ECONNREFUSED';
  // ftp-srv 4.6 takes a ClientHello that comes at once for a command and answers it in the clear.
  if (error instanceof TlsError) return error.problem === 'notTls';
  return error instanceof LoginError && error.remedy !== 'none';
}

/** The folder under test. */
export async function folderOf(
  { options }: Subject,
  connection: FtpConnection,
  signal: AbortSignal,
): Promise<RemotePath> {
  const home = await connection.homeDirectory({ signal });
  return options.folder ?? (home === 'unreadable' ? undefined : home) ?? rootPath;
}

// The reply 200 to MODE B proves nothing, and some servers frame files but not listings. A small file
// decides.
async function seesFraming(
  session: FtpConnection,
  listing: Listing,
  subject: Subject,
  profile: ServerProfile,
  signal: AbortSignal,
): Promise<boolean> {
  const { framing } = profile;
  const raw = framing.listing('MLSD') === 'raw' || framing.listing('LIST') === 'raw';
  if (!raw || isProved(profile)) return true;
  const small = listing.entries.find(
    ({ type, size }) => type === 'file' && size !== undefined && size > 0 && size <= largestProof,
  );
  if (!small) return false;
  const path = joinPath(await folderOf(subject, session, signal), small.name);
  try {
    await using retrieval = await session.retrieve(path, { signal });
    await collectBytes(retrieval.bytes, largestProof);
  } catch (error) {
    // With no other rung left the engine cannot receive a file that comes without blocks.
    engineError(error, signal);
  }
  return isProved(profile);
}

const isProved = ({ framing }: ServerProfile): boolean => framing.state === 'proved';

function resumption({ description }: FtpConnection): { resumed?: boolean } {
  if (description.tlsVersion === undefined || description.dataConnections === 0) return {};
  return { resumed: description.resumedDataConnections > 0 };
}

function workedWords({ description }: FtpConnection): string {
  if (description.tlsVersion === undefined) return 'worked';
  return description.resumedDataConnections > 0
    ? 'worked, TLS session resumed'
    : 'worked under TLS';
}

interface Classified {
  readonly outcome: TrialOutcome;
  readonly replyCode?: number;
}

const listVerbs: ReadonlySet<string> = new Set(['LIST', 'MLSD', 'CWD']);
const setUpVerbs: ReadonlySet<string> = new Set(['EPSV', 'PASV', 'EPRT', 'PORT', 'MODE']);

function outcomeOf(error: unknown, { stood }: Sighting): Classified {
  const causes = chain(error);
  const reply = causes.find((cause) => cause instanceof ReplyError);
  if (reply) return refusal(reply, stood);
  if (causes.some((cause) => cause instanceof FtpTimeoutError || cause instanceof TimeoutError)) {
    return { outcome: stood ? 'broken' : 'timedOut' };
  }
  if (stood) return { outcome: 'broken' };
  if (codeOf(error) === 'ECONNREFUSED') return { outcome: 'refused' };
  // The cause is on our side: a port that cannot be shared, or an address that PORT cannot name.
  const ours = causes.some((cause) => cause instanceof ConnectionError && cause.on === 'data');
  return { outcome: ours ? 'notTried' : 'broken' };
}

// RFC 2428, 2 and 3: 522 to EPRT and EPSV is about the address family. It is no refusal.
function refusal({ command, reply, unsupported }: ReplyError, stood: boolean): Classified {
  const replyCode = reply.code;
  // That the folder cannot be listed says nothing about data ports.
  if (replyCode === 550 && !stood && listVerbs.has(command.verb)) return { outcome: 'notTried' };
  const isSetUp = setUpVerbs.has(command.verb);
  if (isSetUp && (unsupported || replyCode === 522)) return { outcome: 'notOffered', replyCode };
  return { outcome: stood && !isSetUp ? 'broken' : 'refused', replyCode };
}

function wordsOf(error: unknown, outcome: TrialOutcome): string {
  if (outcome === 'timedOut') return 'silence';
  const inner = chain(error).findLast((cause) => cause instanceof FtpError);
  return errorMessage(inner ?? error);
}

function chain(error: unknown): unknown[] {
  return error instanceof Error ? [error, ...chain(error.cause)] : [];
}
