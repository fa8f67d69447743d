import type { ByteSource } from '../../base/bytes.ts';
import { nameOf, type RemotePath } from '../../base/paths.ts';
import { awaitAll } from '../../base/concurrency.ts';
import { DamagedStoreError, TransferError } from '../../ftp/errors.ts';
import { refusal, saysNo, silentWhereNo } from '../errorTranslation.ts';
import { ContentMeter } from '../known/fileIdentity.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { RemoteEntry } from '../remoteFileSystem.ts';
import type { RequestAttempt } from '../connections/requests.ts';
import type { Session } from '../session.ts';
import { offeredHash } from './writeCheck.ts';

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

/** Stores the bytes under that very name and counts them. Errors name the file that is told. */
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

/** The server has confirmed a file, and lists its folder without it. */
export class NotThereError extends RemoteFileError {}

/**
 * Makes sure that what arrived is what was sent: some servers confirm what they have damaged. Gives
 * back the new file's facts where the server tells them. Errors name the file that is told.
 */
export async function verify(
  session: Session,
  attempt: RequestAttempt,
  at: RemotePath,
  sent: Sent,
  path: RemotePath = at,
): Promise<RemoteEntry | undefined> {
  const [size, exact, sha256] = await awaitAll(
    sizeOf(attempt, at),
    session.facts.tell(attempt, at),
    offeredHash(attempt, at),
  );
  const entry =
    exact ?? (size === undefined ? await listed(session, attempt, at, path) : undefined);
  // One server's SIZE is wrong where its MLST is right (Waarp).
  const sizes = [size, entry?.size].filter((told) => told !== undefined);
  const [arrived] = sizes;
  if (arrived === undefined) {
    session.logger.warn(`The server does not tell the size of ${path}: nobody can check it`);
  } else if (!sizes.includes(sent.size)) {
    throw refusal('damaged', 'write', path, `${arrived} of ${sent.size} bytes arrived`);
  }
  if (sha256 !== undefined && sha256 !== sent.sha256) {
    throw refusal('damaged', 'write', path, 'other bytes arrived than were sent');
  }
  return entry;
}

async function sizeOf(
  { connection, signal }: RequestAttempt,
  path: RemotePath,
): Promise<number | undefined> {
  return await silentWhereNo(connection.size(path, { signal }));
}

async function listed(
  session: Session,
  attempt: RequestAttempt,
  at: RemotePath,
  path: RemotePath,
): Promise<RemoteEntry | undefined> {
  try {
    const entry = await session.facts.at(attempt, at, { by: 'listing' });
    // Accounts that may only upload are shown nothing: the reply is all there is.
    if (entry || session.folders.listed(at) !== 'absent') return entry;
  } catch (error) {
    if (saysNo(error)) return undefined;
    throw error;
  }
  const more = `${nameOf(path)} is not there after it was stored`;
  const { message } = refusal('damaged', 'write', path, more);
  throw new NotThereError('damaged', path, message);
}
