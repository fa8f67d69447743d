import type { ByteSource } from '../../base/bytes.ts';
import { awaitAll } from '../../base/concurrency.ts';
import { nameOf, parentOf, type RemotePath } from '../../base/paths.ts';
import { DamagedStoreError, SentAheadError, TransferError } from '../../ftp/errors.ts';
import type { StoreOptions } from '../../ftp/ftpConnection.ts';
import type { Request, RequestAttempt } from '../connections/requests.ts';
import type { HeldConnection } from '../connections/heldConnection.ts';
import { refusal, saysNo, undefinedWhereNo } from '../errorTranslation.ts';
import { ContentMeter, identityOf, identityOfBytes } from '../known/fileIdentity.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { FileIdentity, RemoteEntry, WriteOptions } from '../remoteFileSystem.ts';
import type { Session } from '../session.ts';
import {
  comparesBytes,
  decidesByHash,
  hashOf,
  mayGoOn,
  offeredHash,
  replacesAny,
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

/** One save that is under way. */
export interface Save {
  readonly parts: SavingParts;
  /** For all its requests. */
  readonly connection: HeldConnection;
  /** Where the bytes belong: the target, if the path was a symbolic link. */
  readonly path: RemotePath;
  readonly source: () => ByteSource;
  readonly options: WriteOptions;
  readonly request: Request;
  /** What of the upload to a temporary file need not wait for the commands before it. */
  readonly ahead: StoreOptions['ahead'];
}

/** The bytes that were sent. */
export interface Sent {
  readonly size: number;
  readonly sha256: string;
  /** The bytes may have gone to another file: only the server's own hash proves them. */
  readonly needsHash: boolean;
}

/** True of a failed STOR that may be repeated: it has stored nothing, or the next one goes another way. */
export function mayUploadAgain(error: unknown): boolean {
  if (error instanceof DamagedStoreError) return true;
  return !(error instanceof TransferError && error.bytes > 0);
}

/** Stores the bytes at that very path and counts them. Errors name the file that the user knows. */
export async function upload(
  attempt: RequestAttempt,
  at: RemotePath,
  source: ByteSource,
  path: RemotePath = at,
  ahead?: StoreOptions['ahead'],
): Promise<Sent> {
  const meter = new ContentMeter();
  const stored = await attempt.connection.store(at, metered(source, meter), { ...attempt, ahead });
  if (stored !== meter.size) {
    throw refusal('damaged', 'write', path, `${stored} of ${meter.size} bytes were confirmed`);
  }
  return { size: meter.size, sha256: meter.sha256(), needsHash: ahead === 'bytes' };
}

async function* metered(source: ByteSource, meter: ContentMeter): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    meter.add(piece);
    yield piece;
  }
}

/** What was sent, and what stood at the file's name while it was. */
export interface Uploaded {
  readonly sent: Sent;
  /** `unasked`: what is asked right before the rename decides alone. */
  readonly old: RemoteEntry | undefined | 'unasked';
  /** The hash of the old file, being read: where its facts are not enough and the server has no HASH. */
  readonly reading?: Promise<string> | undefined;
}

/**
 * Asks what stands at the file's name, and sends the bytes to the temporary file without a check
 * before it: the first byte waits for the answer, which must allow the save. `undecided`: a closer
 * look is needed, and nothing was sent. Where the server's hash of a small file decides, nothing waits:
 * the question before the rename is the only one.
 */
export async function uploadWhileAsking(
  save: Save,
  attempt: RequestAttempt,
  temporary: RemotePath,
): Promise<Uploaded | 'undecided'> {
  const { parts, path, options, ahead } = save;
  if (decidesByHash(parts, path, options) || (ahead === 'bytes' && replacesAny(options))) {
    const sent = await upload(attempt, temporary, save.source(), path, ahead);
    return { sent, old: 'unasked' };
  }
  const ended = new AbortController();
  const at = parts.clock.now();
  // Not awaited: the STOR is queued right behind the question.
  const asking = parts.facts.tell(attempt, path).then((old) => {
    return { old, isAllowed: mayGoOn(parts, path, options, { old, at }) };
  });
  asking.catch(() => {});
  const reading = readBeside(save, ended.signal);
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    if (!(await asking).isAllowed)
      throw new CloserLookError('What stands at the name is not known');
    const source: ByteSource = save.source();
    yield* source;
  };
  try {
    const sent = await upload(attempt, temporary, bytes(), path, ahead && 'command');
    const { old } = await asking;
    return { sent, old: old && parts.facts.learn(path, old), reading };
  } catch (error) {
    ended.abort(error);
    // The STOR may also have failed for a reason of its own.
    if ((await asking).isAllowed) throw error;
    return 'undecided';
  }
}

/** Ends an upload before its first byte: what stands at the file's name needs a closer look. */
class CloserLookError extends Error {}

// Reads the old file where its bytes must be compared, over another connection where there is one: that
// costs bytes, and no round trip of the upload.
function readBeside(
  { parts, path, options, request }: Save,
  ended: AbortSignal,
): Promise<string> | undefined {
  if (!comparesBytes(options)) return undefined;
  const signal = AbortSignal.any([request.signal, ended]);
  // Once: where it fails, the closer look reads, and spends the attempts of the save.
  const once = { ...request, intent: 'read', signal, mayRepeat: () => false } as const;
  const reading = parts.requests.perform(once, (attempt) => hashOf(attempt, path));
  reading.catch(() => {});
  return reading;
}

/** False where the bytes that were read are not the expected ones, or could not be read. */
export async function isExpectedFile(
  { connection, options }: Save,
  { reading }: Uploaded,
): Promise<boolean> {
  const { expected } = options;
  if (!reading || !expected || expected === 'absent') return true;
  // Where there is only one connection, the reading waits for it.
  await connection.giveBack();
  const sha256 = await reading.catch(() => undefined);
  return sha256 === expected.sha256;
}

/** The server confirmed a file, and lists its folder without it. */
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
  const { connection, signal } = attempt;
  const askSize = (): Promise<number | undefined> =>
    connection.size(at, { signal }).catch(undefinedWhereNo);
  const isTold = connection.features.has('MLST');
  const [beside, exact, sha256] = await awaitAll(
    isTold ? Promise.resolve(undefined) : askSize(),
    parts.facts.tell(attempt, at),
    offeredHash(attempt, at),
  );
  // What MLST tells is asked no second time where it fits. One server's SIZE is wrong where its MLST is
  // right (Waarp).
  const size = isTold && exact?.size !== sent.size ? await askSize() : beside;
  const entry = exact ?? (size === undefined ? await listed(parts, attempt, at, path) : undefined);
  if (sent.needsHash && sha256 !== sent.sha256) {
    const message = `The server has no proof that ${nameOf(path)} arrived as it was sent`;
    throw new SentAheadError(message, { bytes: sent.size, remedy: 'none' });
  }
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

/** Takes what was written into what is known, fires the change, and returns the file's identity. */
export function noteWritten(
  { parts, path, request }: Save,
  { sent, old, entry }: Written,
): FileIdentity {
  // Facts of another size belong to a file that another program wrote in the moment after ours.
  const ours = entry?.size === sent.size ? entry : undefined;
  if (ours) {
    const mode = old?.mode === undefined ? {} : { mode: old.mode };
    parts.folders.put(path, { ...mode, ...ours, name: nameOf(path) });
  } else parts.folders.forget(parentOf(path));
  const type = old ? 'changed' : 'created';
  parts.changes.fire([...new Set([path, request.path])].map((path) => ({ path, type })));
  // Another write within the same second would not show in the facts: they have not settled.
  return ours
    ? { ...identityOf(ours, { sha256: sent.sha256, settled: false }), written: true }
    : identityOfBytes(sent.size, sent.sha256);
}
