import { raceAbort } from '../../base/abort.ts';
import type { ByteSource } from '../../base/bytes.ts';
import type { RemotePath } from '../../base/paths.ts';
import type { Retrieval } from '../../ftp/ftpConnection.ts';
import { type Request, requestFor, type ValueAndPlace } from '../connections/requests.ts';
import type { FileOptions } from '../remoteFileSystem.ts';
import { knownSize, type ReadingParts, refuseUnlessKnown } from './reading.ts';

/** A file in pieces; it is whole when the loop ends without an error. */
export async function* openRead(
  parts: ReadingParts,
  path: RemotePath,
  options: FileOptions,
): AsyncGenerator<Uint8Array> {
  yield* piecesOf(parts, requestFor('read', path, options, 'transfer'));
}

/**
 * Gives a file to `take`, which throws what the source throws. When that is lost in its middle, `take` is
 * called again, and its source begins again at the first byte.
 */
export async function receive<T>(
  parts: ReadingParts,
  path: RemotePath,
  take: (source: () => ByteSource) => Promise<T>,
  options: FileOptions,
): Promise<T> {
  const request = requestFor('read', path, options, 'transfer');
  for (;;) {
    let broken: Broken | undefined;
    const source = (): ByteSource => piecesOf(parts, request, (how) => (broken = how));
    try {
      return await take(source);
    } catch (error) {
      request.signal.throwIfAborted();
      if (!broken || error !== broken.told) throw error;
      if (!(await parts.requests.repeats(broken.error, request, broken.wasShared))) throw error;
    }
  }
}

/** A source broke in its middle. */
interface Broken {
  readonly error: unknown;
  /** The error that the source threw. */
  readonly told: unknown;
  /** The connection was shared: who broke it is not known. */
  readonly wasShared: boolean;
}

async function* piecesOf(
  parts: ReadingParts,
  request: Request,
  onBroken?: (broken: Broken) => void,
): AsyncGenerator<Uint8Array> {
  refuseUnlessKnown(parts, request);
  let begun: ValueAndPlace<Begun> | undefined;
  try {
    begun = await begin(parts, request);
    await using _place = begun.place;
    await using _retrieval = begun.value.retrieval;
    const { first, pieces } = begun.value;
    for (let next = first; !next.done; next = await pieces.next()) yield next.value;
  } catch (error) {
    const told = await parts.requests.translate(error, request);
    if (begun) onBroken?.({ error, told, wasShared: begun.place.wasShared });
    throw told;
  }
}

// The first piece belongs to the attempt: until it is there, a lost connection can be repeated.
async function begin(parts: ReadingParts, request: Request): Promise<ValueAndPlace<Begun>> {
  const whole = AbortSignal.any([request.signal, parts.lifetime.ended]);
  return parts.requests.hold({ ...request, use: 'retrieve' }, async (attempt) => {
    const { connection, signal, observer, insistence } = attempt;
    const size = knownSize(parts, request.path);
    const transfer = { signal: whole, insistence, observer, size };
    const retrieval = await raceAbort(connection.retrieve(request.path, transfer), signal);
    const pieces = retrieval.bytes[Symbol.asyncIterator]();
    try {
      return { retrieval, pieces, first: await raceAbort(pieces.next(), signal) };
    } catch (error) {
      await retrieval[Symbol.asyncDispose]();
      throw error;
    }
  });
}

interface Begun {
  readonly retrieval: Retrieval;
  readonly pieces: AsyncIterator<Uint8Array>;
  readonly first: IteratorResult<Uint8Array>;
}
