import type { ByteSource } from '../../base/bytes.ts';
import { awaitAll } from '../../base/concurrency.ts';
import { nameOf, parentOf, type RemotePath } from '../../base/paths.ts';
import { DamagedStoreError, TransferError } from '../../ftp/errors.ts';
import type { Request, RequestAttempt } from '../connections/requests.ts';
import type { HeldConnection } from '../connections/heldConnection.ts';
import { refusal, saysNo, silentWhereNo } from '../errorTranslation.ts';
import { ContentMeter, identityOf, identityOfBytes } from '../known/fileIdentity.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { FileIdentity, RemoteEntry, WriteOptions } from '../remoteFileSystem.ts';
import type { Session } from '../session.ts';
import {
  allows,
  type TargetFacts,
  askOnce,
  comparesBytes,
  hashOf,
  offeredHash,
} from './writeCheck.ts';

/** What saving takes of a session. */
export type SavingParts = Pick<
  Session,
  | 'requests'
  | 'folders'
  | 'facts'
  | 'links'
  | 'habits'
  | 'lifetime'
  | 'clock'
  | 'logger'
  | 'changes'
  | 'newId'
  | 'oldBytes'
  | 'largestFile'
>;

/** One save on its way. */
export interface Save {
  readonly parts: SavingParts;
  /** For all its requests. */
  readonly connection: HeldConnection;
  /** Where the bytes belong: the target, if the path was a symbolic link. */
  readonly path: RemotePath;
  readonly source: () => ByteSource;
  readonly options: WriteOptions;
  readonly request: Request;
}

/** What was sent, as it was counted on its way. */
export interface Sent {
  readonly size: number;
  readonly sha256: string;
}

/** True when a STOR that failed has stored nothing, or will go another way: only then it may be repeated. */
export function nothingSent(error: unknown): boolean {
  if (error instanceof DamagedStoreError) return true;
  return !(error instanceof TransferError && error.bytes > 0);
}

/** Stores the bytes at that very path and counts them. Errors name the file that the user knows. */
export async function upload(
  attempt: RequestAttempt,
  at: RemotePath,
  source: ByteSource,
  path: RemotePath = at,
): Promise<Sent> {
  const meter = new ContentMeter();
  const stored = await attempt.connection.store(at, metered(source, meter), attempt);
  if (stored !== meter.size) {
    throw refusal('damaged', 'write', path, `${stored} of ${meter.size} bytes were confirmed`);
  }
  return { size: meter.size, sha256: meter.sha256() };
}

async function* metered(source: ByteSource, meter: ContentMeter): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    meter.add(piece);
    yield piece;
  }
}

/** What was sent, and what stood at the name while it was. */
export interface SentOver {
  readonly sent: Sent;
  readonly old: RemoteEntry | undefined;
  /** Where the facts are not enough and the server has no HASH: the hash of what stands there, being read. */
  readonly reading?: Promise<string> | undefined;
}

/**
 * Sends the bytes to the temporary file behind the question what stands at the name; the first of them
 * waits for the answer, which must allow it. `undecided`: the answer asks for a closer look.
 */
export async function uploadWhileAsking(
  save: Save,
  attempt: RequestAttempt,
  temporary: RemotePath,
): Promise<SentOver | 'undecided'> {
  const { parts, path, options } = save;
  const ended = new AbortController();
  // Not awaited: the STOR is queued behind the question.
  const asking = askOnce(parts, attempt, path, options).then((answer) => ({
    ...answer,
    mayGoOn: allows(parts, path, options, answer),
    reading: readBeside(save, answer, ended.signal),
  }));
  asking.catch(() => {});
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    if (!(await asking).mayGoOn) throw new CloserLookError('What stands at the name is not known');
    const source: ByteSource = save.source();
    yield* source;
  };
  try {
    const sent = await upload(attempt, temporary, bytes(), path);
    const { old, reading } = await asking;
    return { sent, old: old && parts.facts.learn(path, old), reading };
  } catch (error) {
    ended.abort(error);
    // The STOR may also have failed by itself.
    if ((await asking).mayGoOn) throw error;
    return 'undecided';
  }
}

/** Ends an upload of which no byte has gone out: what stands at the name asks for a closer look. */
class CloserLookError extends Error {}

// By another connection where there is one: it costs bytes, and no round trip of the upload's.
function readBeside(
  { parts, path, options, request }: Save,
  answer: TargetFacts,
  ended: AbortSignal,
): Promise<string> | undefined {
  const isDecided = !answer.old || answer.sha256 !== undefined || !comparesBytes(options);
  if (isDecided || !allows(parts, path, options, answer)) return undefined;
  const signal = AbortSignal.any([request.signal, ended]);
  const reading = parts.requests.perform({ ...request, intent: 'read', signal }, (attempt) =>
    hashOf(attempt, path),
  );
  reading.catch(() => {});
  return reading;
}

// A reading that failed proves nothing: then the closer look tells what is the matter.
export async function isProven(
  { connection, options, request }: Save,
  { reading }: SentOver,
): Promise<boolean> {
  const { expected } = options;
  if (!reading || !expected || expected === 'absent') return true;
  // There may be one connection only, and then the reading waits for it.
  await connection.giveBack();
  const sha256 = await reading.catch(() => undefined);
  request.signal.throwIfAborted();
  return sha256 === expected.sha256;
}

/** The server has confirmed a file, and lists its folder without it. */
export class NotThereError extends RemoteFileError {}

/**
 * Makes sure that what arrived is what was sent: some servers confirm what they have damaged. Returns
 * the new file's facts where the server tells them. Errors name the file that the user knows.
 */
export async function verify(
  parts: SavingParts,
  attempt: RequestAttempt,
  at: RemotePath,
  sent: Sent,
  path: RemotePath = at,
): Promise<RemoteEntry | undefined> {
  const [size, exact, sha256] = await awaitAll(
    silentWhereNo(attempt.connection.size(at, { signal: attempt.signal })),
    parts.facts.tell(attempt, at),
    offeredHash(attempt, at),
  );
  const entry = exact ?? (size === undefined ? await listed(parts, attempt, at, path) : undefined);
  // One server's SIZE is wrong where its MLST is right (Waarp).
  const sizes = [size, entry?.size].filter((told) => told !== undefined);
  const [arrived] = sizes;
  if (arrived === undefined) {
    parts.logger.warn(`The server does not tell the size of ${path}: it cannot be checked`);
  } else if (!sizes.includes(sent.size)) {
    throw refusal('damaged', 'write', path, `${arrived} of ${sent.size} bytes arrived`);
  }
  if (sha256 !== undefined && sha256 !== sent.sha256) {
    throw refusal('damaged', 'write', path, 'other bytes arrived than were sent');
  }
  return entry;
}

async function listed(
  parts: SavingParts,
  attempt: RequestAttempt,
  at: RemotePath,
  path: RemotePath,
): Promise<RemoteEntry | undefined> {
  try {
    const entry = await parts.facts.at(attempt, at, { by: 'listing' });
    // Accounts that may only upload are shown nothing: the reply is all there is.
    if (entry || parts.folders.listed(at) !== 'absent') return entry;
  } catch (error) {
    if (saysNo(error)) return undefined;
    throw error;
  }
  const more = `${nameOf(path)} is not there after it was stored`;
  const { message } = refusal('damaged', 'write', path, more);
  throw new NotThereError('damaged', path, message);
}

interface Written {
  readonly sent: Sent;
  readonly old: RemoteEntry | undefined;
  readonly entry: RemoteEntry | undefined;
}

/** Takes what was written into what is known, tells it, and says which file it is now. */
export function noteWritten(
  { parts, path, request }: Save,
  { sent, old, entry }: Written,
): FileIdentity {
  // Facts of another size are those of another program's file, written in the moment after ours.
  const ours = entry?.size === sent.size ? entry : undefined;
  if (ours) {
    const mode = old?.mode === undefined ? {} : { mode: old.mode };
    parts.folders.put(path, { ...mode, ...ours, name: nameOf(path) });
  } else parts.folders.forget(parentOf(path));
  const type = old ? 'changed' : 'created';
  parts.changes.fire([...new Set([path, request.path])].map((path) => ({ path, type })));
  // What has just been written can be written again within the same second: it has not settled.
  return ours
    ? identityOf(ours, { sha256: sent.sha256, settled: false })
    : identityOfBytes(sent.size, sent.sha256);
}
