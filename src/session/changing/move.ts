import { parentOf, type RemotePath } from '../../base/paths.ts';
import { ArgumentError, FtpError, ReplyError } from '../../ftp/errors.ts';
import type { Renamed } from '../../ftp/ftpConnection.ts';
import { saysNo } from '../errorTranslation.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { RemoteEntry } from '../remoteFileSystem.ts';
import type { Attempts } from '../connections/attempts.ts';
import type { RequestAttempt } from '../connections/requests.ts';
import type { Session } from '../session.ts';
import { offeredHash } from '../saving/writeCheck.ts';

/** What tells the moved file from another one of the same name. */
export interface Proof {
  readonly type: RemoteEntry['type'];
  readonly size: number | undefined;
  readonly sha256: string | undefined;
}

/** What became of a rename; `unknown` where the names do not tell it, or could not be looked at. */
export type Moved =
  | { readonly kind: 'moved'; readonly entry: RemoteEntry | undefined }
  | Refused
  | { readonly kind: 'unknown'; readonly error: unknown };

/** It has not been done, and nothing is on its way any more. */
export interface Refused {
  readonly kind: 'refused';
  readonly error: unknown;
  /** The server will never do it so: it said no for good, or yes and did nothing. */
  readonly never: boolean;
  readonly mayRepeat: boolean;
}

export interface Move {
  readonly from: RemotePath;
  readonly to: RemotePath;
  readonly proof: Proof;
  readonly attempts: Attempts;
}

/** One attempt; `unclear` where a closer look has to decide. */
type Tried = Moved | { readonly kind: 'unclear'; readonly error: unknown };

interface Unclear {
  readonly error: unknown;
  /** How many went before. */
  readonly attempts: number;
}

// The last step of a change is not to be cut in the middle by a cancel; it has this time instead.
const moveMs = 60_000;

/**
 * Renames. What stands under the two names afterwards decides whether it was done, and not the reply:
 * servers, and what stands before them, confirm what they did not do and refuse what they did. Where
 * the connection is lost or out of step, another one looks. The rename goes out again only when it
 * has not happened.
 */
export async function move(session: Session, wish: Move): Promise<Moved> {
  using deadline = session.clock.deadline(moveMs, `renaming ${wish.from}`, session.lifetime.ended);
  const { signal } = deadline;
  for (let attempts = 0; ; attempts++) {
    const tried = await tryMove(session, wish, signal);
    const { kind } = tried;
    const moved =
      kind === 'unclear' ? await look(session, wish, { ...tried, attempts }, signal) : tried;
    if (moved.kind !== 'refused' || !moved.mayRepeat) return moved;
    // A 4yz ("file busy"), a lost connection, or a confirmation that is not true.
    const pauseMs = wish.attempts.spend(moved.error);
    if (pauseMs === 'none left') return moved;
    session.logger.warn(`Renaming ${wish.from} again: ${String(moved.error)}`);
    try {
      await session.clock.sleep(pauseMs, signal);
    } catch {
      return moved;
    }
  }
}

async function tryMove(session: Session, wish: Move, signal: AbortSignal): Promise<Tried> {
  const { from, to } = wish;
  let sent = false;
  const act = async (attempt: RequestAttempt): Promise<Renamed> => {
    sent = true;
    return attempt.connection.rename(from, to, { signal: attempt.signal });
  };
  try {
    const renamed = await session.requests.perform(
      {
        intent: 'rename',
        path: from,
        lane: 'finishing',
        signal,
        attempts: wish.attempts,
        mayRepeat: () => false,
      },
      act,
    );
    return judge(wish, renamed);
  } catch (error) {
    if (sent && !(error instanceof ArgumentError)) return { kind: 'unclear', error };
    return { kind: 'refused', error, never: false, mayRepeat: mayRepeat(error) };
  }
}

// A yes and facts that agree with it, or a no and the source where it was: all else is looked at.
function judge(wish: Move, { refusal, from, to }: Renamed): Tried {
  const error = refusal ?? notDone(wish);
  // A server that ignores case tells of the file under both names.
  if (ignoringCase(wish)) return { kind: 'unclear', error };
  if (from && isLike(from, wish.proof) && refusal) return refused(error);
  if (!from && to && isProved(to, wish.proof) && !refusal) return { kind: 'moved', entry: to };
  return { kind: 'unclear', error };
}

function refused(error: unknown): Refused {
  const isUntrue = error instanceof RemoteFileError;
  const never = isUntrue || (error instanceof ReplyError && error.remedy === 'none');
  return { kind: 'refused', error, never, mayRepeat: isUntrue || mayRepeat(error) };
}

function notDone({ from, to }: Move): RemoteFileError {
  const message = `The server confirmed that ${from} was renamed to ${to}, and it was not.`;
  return new RemoteFileError('unavailable', from, message);
}

function ignoringCase({ from, to }: Move): boolean {
  return parentOf(from) === parentOf(to) && from.toLowerCase() === to.toLowerCase();
}

function mayRepeat(error: unknown): boolean {
  return error instanceof FtpError && error.remedy !== 'none';
}

async function look(
  session: Session,
  wish: Move,
  unclear: Unclear,
  signal: AbortSignal,
): Promise<Moved> {
  session.logger.warn(`Looking what became of renaming ${wish.from}: ${String(unclear.error)}`);
  try {
    return await session.requests.perform(
      {
        intent: 'stat',
        path: wish.to,
        lane: 'finishing',
        signal,
        attempts: wish.attempts.afterwards,
      },
      (attempt) => lookAtBoth(session, attempt, wish, unclear),
    );
  } catch (cause) {
    return (saysNo(cause) && believed(unclear.error)) || { kind: 'unknown', error: cause };
  }
}

async function lookAtBoth(
  session: Session,
  attempt: RequestAttempt,
  wish: Move,
  { error, attempts }: Unclear,
): Promise<Moved> {
  const { from, to, proof } = wish;
  const by = ignoringCase(wish) ? 'name' : 'listing';
  const atFrom = await session.facts.at(attempt, from, { by });
  if (atFrom && isLike(atFrom, proof)) return refused(error);
  const atTo = await session.facts.at(attempt, to, { by });
  if (atTo && (await proves(attempt, to, atTo, proof))) return { kind: 'moved', entry: atTo };
  // What was to be renamed is another file by now, or none: RNTO was never said.
  if (atFrom || (attempts === 0 && isRefusalOfSource(error))) return refused(error);
  const heard = atTo ? undefined : believed(error);
  if (heard?.kind === 'moved') return heard;
  const found = atTo ? `what stands at ${to} is not what was sent` : `nothing stands at ${to}`;
  return { kind: 'unknown', error: new Error(`${from} is gone, and ${found}`, { cause: error }) };
}

// Where nothing is shown (accounts that may only upload), the reply is all there is, as far as it
// speaks of what was sent and in step.
function believed(error: unknown): Moved | undefined {
  if (error instanceof RemoteFileError) return { kind: 'moved', entry: undefined };
  const isSure = isRefusalOfSource(error) || (error instanceof ReplyError && error.unsupported);
  return isSure ? refused(error) : undefined;
}

function isRefusalOfSource(error: unknown): boolean {
  return error instanceof ReplyError && error.command.verb === 'RNFR';
}

/** Nothing that is known speaks against it; a listing tells the size of a link itself. */
function isLike(entry: RemoteEntry, { size }: Proof): boolean {
  const isExact = entry.type === 'file' && entry.sizeOf === undefined;
  return !isExact || size === undefined || entry.size === undefined || size === entry.size;
}

/** What is known speaks for it. */
function isProved(entry: RemoteEntry, { type, size }: Proof): boolean {
  return (
    entry.type === type && (type === 'directory' || (size !== undefined && entry.size === size))
  );
}

async function proves(
  attempt: RequestAttempt,
  path: RemotePath,
  entry: RemoteEntry,
  proof: Proof,
): Promise<boolean> {
  if (!isLike(entry, proof)) return false;
  if (proof.sha256 === undefined) return true;
  const sha256 = await offeredHash(attempt, path);
  return sha256 === undefined || sha256 === proof.sha256;
}
