import { errorMessage } from '../../base/errorMessage.ts';
import { onlyCaseDiffers, type RemotePath } from '../../base/paths.ts';
import { ArgumentError, FtpError, ReplyError } from '../../ftp/errors.ts';
import type { Renamed } from '../../ftp/ftpConnection.ts';
import type { HeldConnection } from '../connections/heldConnection.ts';
import type { Attempts } from '../connections/attempts.ts';
import type { RequestAttempt } from '../connections/requests.ts';
import { saysNo } from '../errorTranslation.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { RemoteEntry } from '../remoteFileSystem.ts';
import { offeredHash } from '../saving/writeCheck.ts';
import type { Session } from '../session.ts';
import { temporaryNameOf } from '../temporaryNames.ts';

/** What tells the file that is renamed from another one of the same name. */
export interface SourceFacts {
  readonly type: RemoteEntry['type'];
  readonly size: number | undefined;
  readonly sha256: string | undefined;
  /** RFC 3659's unique fact, where the server tells it. */
  readonly unique?: string | undefined;
  /** It was seen to stand under its old name, whole, and is nobody else's. */
  readonly isProved?: boolean;
}

/** What became of a rename. `unknown`: the two names do not tell it, or could not be looked at. */
export type RenameOutcome =
  | { readonly kind: 'renamed'; readonly entry: RemoteEntry | undefined }
  | RefusedRename
  | { readonly kind: 'unknown'; readonly error: unknown };

/** The rename has not been done, and no command for it is under way any more. */
export interface RefusedRename {
  readonly kind: 'refused';
  readonly error: unknown;
  /** The server will not do it at another time either: it refused for good, or confirmed and did nothing. */
  readonly never: boolean;
  readonly mayRepeat: boolean;
}

interface RenameRequest {
  readonly connection: HeldConnection;
  readonly attempts: Attempts;
  readonly from: RemotePath;
  readonly to: RemotePath;
  readonly source: SourceFacts;
}

export interface Replacement extends RenameRequest {
  /** What is at the new name; `undefined` when nothing is. */
  readonly old: RemoteEntry | undefined;
  /** Removes the backup of what was there, once the new one is in its place. */
  readonly removeBackup: (backup: RemotePath) => Promise<unknown>;
}

export type ReplaceParts = Pick<
  Session,
  'facts' | 'habits' | 'lifetime' | 'clock' | 'logger' | 'newId'
>;

/**
 * Puts one name in the place of another: in one step where the server renames over what is there. Else
 * it makes a backup first, by renaming what is there to a temporary name. At every moment the old or
 * the new bytes stand whole under some name, and the session does not close in between.
 */
export async function replace(
  parts: ReplaceParts,
  replacement: Replacement,
): Promise<RenameOutcome> {
  const { source, old } = replacement;
  // A fact that two files share tells none from the other.
  const unique = source.unique === old?.unique ? undefined : source.unique;
  const meant = { ...replacement, source: { ...source, unique } };
  return parts.lifetime.uninterrupted(() => replaceUninterrupted(parts, meant));
}

async function replaceUninterrupted(
  parts: ReplaceParts,
  replacement: Replacement,
): Promise<RenameOutcome> {
  const { renames } = parts.habits;
  const { old } = replacement;
  if (!old) return renameChecked(parts, replacement);
  if (renames.over === 'untried') {
    const outcome = await renameChecked(parts, replacement);
    // Only a lasting refusal can mean "not over an existing name".
    if (outcome.kind !== 'refused' || !outcome.never) return outcome;
  }
  const outcome = await replaceByBackup(parts, replacement, old);
  // Most servers rename no folder over what is there. That says nothing about files.
  if (outcome.kind === 'renamed' && old.type === 'file') renames.refusesRenameOver();
  return outcome;
}

async function replaceByBackup(
  parts: ReplaceParts,
  replacement: Replacement,
  old: RemoteEntry,
): Promise<RenameOutcome> {
  const { from, to } = replacement;
  const backup = temporaryNameOf(to, parts.newId());
  const size = old.type === 'file' ? old.size : undefined;
  const source: SourceFacts = { type: old.type, size, sha256: undefined, unique: old.unique };
  const saved = await renameChecked(parts, { ...replacement, from: to, to: backup, source });
  if (saved.kind === 'unknown') return inDoubt(saved.error, `The old ${to} may stand at ${backup}`);
  if (saved.kind === 'refused') return saved;
  const outcome = await renameChecked(parts, replacement);
  if (outcome.kind === 'renamed') {
    await replacement.removeBackup(backup);
    return outcome;
  }
  // The new file may stand at the name: the backup must not be renamed over it.
  if (outcome.kind === 'unknown')
    return inDoubt(outcome.error, `The old ${to} stands at ${backup}`);
  const { afterwards: attempts } = replacement.attempts;
  const restoring = { ...replacement, from: backup, source, attempts };
  const restored = await renameChecked(parts, restoring);
  if (restored.kind === 'renamed') return outcome;
  const where = restored.kind === 'refused' ? 'stands' : 'may stand';
  const more = `${from} was not renamed, and the old ${to} ${where} at ${backup}`;
  return inDoubt(outcome.error, more);
}

function inDoubt(cause: unknown, message: string): RenameOutcome {
  return { kind: 'unknown', error: new Error(`${message}: ${reasonOf(cause)}`, { cause }) };
}

/** The error for a replacement that may or may not have happened. */
export function replacementInDoubt(
  path: RemotePath,
  bytesAt: RemotePath,
  cause: unknown,
): RemoteFileError {
  const message =
    `${path} may or may not have been replaced. What was to take its place stands at ${bytesAt} ` +
    `if it is not there. ${reasonOf(cause)}.`;
  return new RemoteFileError('unavailable', path, message, { cause });
}

function reasonOf(error: unknown): string {
  return errorMessage(error).replace(/\.$/, '');
}

/** One attempt; `unclear` where a closer look has to decide. */
type Tried = RenameOutcome | { readonly kind: 'unclear'; readonly error: unknown };

interface Unclear {
  readonly error: unknown;
  /** How many attempts went before. */
  readonly attempts: number;
}

// A cancel must not cut the last step of a change in the middle. The step has this time instead.
const renameMs = 60_000;

/**
 * Renames. Whether it was done is decided by what stands under the two names afterwards, and not by the
 * reply: servers and gateways confirm what they did not do, and refuse what they did. Where the
 * connection is lost or out of step, another one looks. The rename is sent again only if it has not
 * happened.
 */
async function renameChecked(parts: ReplaceParts, request: RenameRequest): Promise<RenameOutcome> {
  const { clock, lifetime, logger } = parts;
  using deadline = clock.deadline(renameMs, `renaming ${request.from}`, lifetime.ended);
  const { signal } = deadline;
  for (let attempts = 0; ; attempts++) {
    const tried = await tryRename(request, signal);
    const outcome =
      tried.kind === 'unclear' ? await look(parts, request, { ...tried, attempts }, signal) : tried;
    if (outcome.kind !== 'refused' || !outcome.mayRepeat) return outcome;
    // A 4yz ("file busy"), a lost connection, or a confirmation that is not true.
    const pauseMs = request.attempts.spend(outcome.error);
    if (pauseMs === 'none left') return outcome;
    logger.warn(`Renaming ${request.from} again: ${String(outcome.error)}`);
    try {
      await clock.sleep(pauseMs, signal);
    } catch {
      return outcome;
    }
  }
}

async function tryRename(request: RenameRequest, signal: AbortSignal): Promise<Tried> {
  const { connection, attempts, from, to } = request;
  const { isProved = false } = request.source;
  const unique = onlyCaseDiffers(from, to) ? undefined : request.source.unique;
  let sent = false;
  const act = async (attempt: RequestAttempt): Promise<Renamed> => {
    sent = true;
    return attempt.connection.rename(from, to, { signal: attempt.signal, unique, isProved });
  };
  try {
    const once = { lane: 'finishing', signal, attempts, mayRepeat: () => false } as const;
    return judge(request, await connection.perform({ intent: 'rename', path: from, ...once }, act));
  } catch (error) {
    if (sent && !(error instanceof ArgumentError)) return { kind: 'unclear', error };
    return { kind: 'refused', error, never: false, mayRepeat: mayRepeat(error) };
  }
}

// Clear is a confirmation with the new name there, and a refusal with the old name there.
function judge(request: RenameRequest, { refusal, from, to }: Renamed): Tried {
  const { source } = request;
  // A server that ignores case tells of one file under both names.
  const isPlain = !onlyCaseDiffers(request.from, request.to);
  if (isPlain && refusal && from && isLike(from, source)) return refused(refusal);
  if (isPlain && !refusal && !from && to && isProved(to, source)) {
    return { kind: 'renamed', entry: to };
  }
  return { kind: 'unclear', error: refusal ?? notDone(request) };
}

function refused(error: unknown): RefusedRename {
  const isUntrue = error instanceof RemoteFileError;
  const never = isUntrue || (error instanceof ReplyError && error.remedy === 'none');
  return { kind: 'refused', error, never, mayRepeat: isUntrue || mayRepeat(error) };
}

function notDone({ from, to }: RenameRequest): RemoteFileError {
  const message = `The server confirmed that ${from} was renamed to ${to}, and it was not.`;
  return new RemoteFileError('unavailable', from, message);
}

function mayRepeat(error: unknown): boolean {
  return error instanceof FtpError && error.remedy !== 'none';
}

async function look(
  parts: ReplaceParts,
  request: RenameRequest,
  unclear: Unclear,
  signal: AbortSignal,
): Promise<RenameOutcome> {
  parts.logger.warn(`Finding out if ${request.from} was renamed: ${String(unclear.error)}`);
  try {
    const { connection, attempts, to: path } = request;
    return await connection.perform(
      { intent: 'stat', path, lane: 'finishing', signal, attempts: attempts.afterwards },
      (attempt) => lookAtBoth(parts, attempt, request, unclear),
    );
  } catch (cause) {
    return (saysNo(cause) && believed(unclear.error)) || { kind: 'unknown', error: cause };
  }
}

async function lookAtBoth(
  { facts }: ReplaceParts,
  attempt: RequestAttempt,
  request: RenameRequest,
  { error, attempts }: Unclear,
): Promise<RenameOutcome> {
  const { from, to, source } = request;
  const by = onlyCaseDiffers(from, to) ? 'name' : 'listing';
  const atFrom = await facts.at(attempt, from, { by });
  if (atFrom && isLike(atFrom, source)) return refused(error);
  const atTo = await facts.at(attempt, to, { by });
  if (atTo && (await proves(attempt, to, atTo, source))) return { kind: 'renamed', entry: atTo };
  // The source is another file by now, or was gone before: RNTO was never sent.
  if (atFrom || (attempts === 0 && isRefusalOfSource(error))) return refused(error);
  const heard = atTo ? undefined : believed(error);
  if (heard?.kind === 'renamed') return heard;
  const found = atTo ? `what stands at ${to} is not what was sent` : `nothing stands at ${to}`;
  return { kind: 'unknown', error: new Error(`${from} is gone, and ${found}`, { cause: error }) };
}

// Where the server shows nothing (accounts that may only upload), only the reply is left, as far as it
// is one to the command that was sent.
function believed(error: unknown): RenameOutcome | undefined {
  if (error instanceof RemoteFileError) return { kind: 'renamed', entry: undefined };
  const isSure = isRefusalOfSource(error) || (error instanceof ReplyError && error.unsupported);
  return isSure ? refused(error) : undefined;
}

function isRefusalOfSource(error: unknown): boolean {
  return error instanceof ReplyError && error.command.verb === 'RNFR';
}

/** Nothing that is known speaks against it being the source; a listing tells the size of a link itself. */
function isLike({ type, size, sizeOf }: RemoteEntry, source: SourceFacts): boolean {
  if (type !== 'file' || sizeOf !== undefined) return true;
  return size === undefined || source.size === undefined || size === source.size;
}

/** What is known shows that it is the source. */
function isProved(entry: RemoteEntry, { type, size }: SourceFacts): boolean {
  if (entry.type !== type) return false;
  return type === 'directory' || (size !== undefined && entry.size === size);
}

async function proves(
  attempt: RequestAttempt,
  path: RemotePath,
  entry: RemoteEntry,
  source: SourceFacts,
): Promise<boolean> {
  if (!isLike(entry, source)) return false;
  const sha256 = source.sha256 && (await offeredHash(attempt, path));
  return sha256 === undefined || sha256 === source.sha256;
}
