import { onAbort } from '../../base/abort.ts';
import type { Clock, Deadline } from '../../base/clock.ts';
import { errorMessage } from '../../base/errorMessage.ts';
import type { TransferExchange } from '../control/exchange.ts';
import { ConnectionError, TransferError } from '../errors.ts';
import { type BlockEvent, BlockParser } from '../grammar/block.ts';
import { GrammarError } from '../grammar/grammarError.ts';
import type { Transport } from '../net/transport.ts';
import type { Timeouts } from '../options.ts';
import type { Rung } from '../rung.ts';

/**
 * An open data connection, and what has been read of it. It always belongs to one rung. In block mode
 * it may carry file after file, so what follows the end of a file stays here for the next one.
 */
export class DataConnection {
  readonly transport: Transport;
  readonly rung: Rung;
  readonly #blocks = new BlockParser();
  #filling: Promise<'bytes' | 'ended'> | undefined;

  constructor(transport: Transport, rung: Rung) {
    this.transport = transport;
    this.rung = rung;
  }

  /**
   * Waits until there is something to parse, or the peer has ended. At most one read is under way. It
   * may go on while no transfer waits for it: so the end of an idle connection is noticed.
   */
  fill(): Promise<'bytes' | 'ended'> {
    if (!this.#blocks.atBoundary) return Promise.resolve('bytes');
    return this.#fill();
  }

  /** The next event of a file in blocks, where it has come already. */
  blockThatCame(): BlockEvent | undefined {
    return this.#blocks.next();
  }

  /** The next event of a file in blocks; `undefined` when the peer has ended its bytes. */
  async nextBlock(): Promise<BlockEvent | undefined> {
    for (;;) {
      const event = this.#blocks.next();
      if (event) return event;
      if ((await this.#fill()) === 'ended') return undefined;
    }
  }

  /** The next bytes of a stream; `undefined` when the peer has ended its bytes. */
  async nextChunk(): Promise<Uint8Array | undefined> {
    try {
      return await this.transport.read();
    } catch (error) {
      throw dataFailure(error);
    }
  }

  async write(chunk: Uint8Array): Promise<void> {
    try {
      await this.transport.write(chunk);
    } catch (error) {
      throw dataFailure(error);
    }
  }

  /** All bytes of the blocks so far, as they came. */
  get taken(): number {
    return this.#blocks.taken;
  }

  /** Between two blocks, with nothing read that has not been handed over. */
  get atBoundary(): boolean {
    return this.#blocks.atBoundary;
  }

  #fill(): Promise<'bytes' | 'ended'> {
    if (!this.#filling) {
      this.#filling = this.#read();
      this.#filling.catch(() => {});
    }
    return this.#filling;
  }

  async #read(): Promise<'bytes' | 'ended'> {
    const chunk = await this.nextChunk();
    if (!chunk) return 'ended';
    this.#blocks.push(chunk);
    this.#filling = undefined;
    return 'bytes';
  }
}

// Always about this connection: a handshake may fail as late as here, too.
function dataFailure(error: unknown): ConnectionError {
  const message = errorMessage(error);
  return new ConnectionError('data', `The data connection broke: ${message}`, { cause: error });
}

// How long no byte may come after the final reply before the server is asked whether the file was
// whole. The bytes come on another connection than the reply, so they may be a little late.
const quietMs = 1_000;

/** Somebody waits, one at a time. */
interface Wait {
  readonly fail: (reason: unknown) => void;
  /** Where silence after the final reply is an answer. */
  readonly quiet: (() => void) | undefined;
}

/**
 * Watches that a transfer goes on. Waiting ends when the bytes come, when the server gives up, when
 * the caller does, or when nothing moves for too long. Only the time of waiting counts: a caller that
 * takes the bytes slowly is not a slow server. One deadline serves all pieces of a file.
 */
export class Progress implements Disposable {
  readonly #clock: Clock;
  readonly #stall: Deadline;
  readonly #listening: Disposable;
  #silence: Deadline | undefined;
  #wait: Wait | undefined;
  #ended: { readonly reason: unknown } | undefined;
  #finalCame = false;
  #isPatient = false;

  constructor(exchange: TransferExchange, clock: Clock, timeouts: Timeouts, signal: AbortSignal) {
    this.#clock = clock;
    this.#stall = clock.deadline(timeouts.stall, 'bytes of the file', signal);
    this.#stall.pause();
    this.#listening = onAbort(this.#stall.signal, (reason) => this.#end(reason));
    exchange.final().then(
      () => {
        this.#finalCame = true;
        if (this.#wait?.quiet) this.#listenForSilence();
      },
      (error: unknown) => this.#end(error),
    );
  }

  /** The server has said that all is well, so nothing but late bytes is still to come. */
  get finalCame(): boolean {
    return this.#finalCame;
  }

  /** Waits for what the caller has to give, as long as that takes. */
  async waitForCaller<T>(giving: Promise<T>): Promise<T> {
    return await this.#until(giving);
  }

  /** Waits for bytes to move, for as long as they may take. */
  async wait<T>(moving: Promise<T>): Promise<T> {
    this.#stall.restart();
    return await this.#until(moving);
  }

  /** The same, but `quiet` when the final reply is there and no byte follows for a while. */
  async waitOrQuiet<T>(moving: Promise<T>): Promise<T | 'quiet'> {
    if (this.#isPatient) return await this.wait(moving);
    if (this.#finalCame) this.#listenForSilence();
    else this.#stall.restart();
    return await this.#until<T | 'quiet'>(moving, () => 'quiet');
  }

  /** The file was not whole when no byte followed: late bytes are given the time of all others. */
  bePatient(): void {
    this.#isPatient = true;
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
    this.#stall[Symbol.dispose]();
    this.#silence?.[Symbol.dispose]();
  }

  async #until<T>(moving: Promise<T>, quiet?: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    moving.then(resolve, reject);
    if (this.#ended) reject(this.#ended.reason);
    this.#wait = { fail: reject, quiet: quiet && (() => resolve(quiet())) };
    try {
      return await promise;
    } finally {
      this.#wait = undefined;
      this.#stall.pause();
      this.#silence?.pause();
    }
  }

  #listenForSilence(): void {
    this.#stall.pause();
    if (this.#silence) return this.#silence.restart();
    this.#silence = this.#clock.deadline(quietMs, 'late bytes');
    onAbort(this.#silence.signal, () => this.#wait?.quiet?.());
  }

  #end(reason: unknown): void {
    this.#ended ??= { reason };
    this.#wait?.fail(reason);
  }
}

/** What is needed to receive a file in blocks. */
export interface Receiving {
  readonly connection: DataConnection;
  readonly progress: Progress;
  /** Whether this server is known to frame: until then, odd blocks show that it does not. */
  readonly framing: 'unknown' | 'proved';
  /** Resolves when the final reply has come and says that all is well. */
  readonly confirmed: () => Promise<unknown>;
  /** Asks the server whether a file of that many bytes is all there is. */
  readonly isWhole: (bytes: number, data: 'ended' | 'quiet') => Promise<boolean>;
}

/**
 * Where the EOF bit stood. `unmarked`: nowhere, yet the file is known to be whole. Where the next one
 * would begin is not known then.
 */
export type FileEnd = 'ownBlock' | 'lastBlock' | 'unmarked';

/**
 * RFC 959, 3.4.1: the end of the file is the end of the connection. `mayBeNothing`: a final reply
 * without a byte is an end too, for some servers never accept the data connection of an empty folder.
 */
export async function* receiveStream({
  connection,
  progress,
  mayBeNothing = false,
}: Pick<Receiving, 'connection' | 'progress'> & {
  readonly mayBeNothing?: boolean;
}): AsyncGenerator<Uint8Array, FileEnd> {
  let chunk: Uint8Array | 'quiet' | undefined = mayBeNothing
    ? await progress.waitOrQuiet(connection.nextChunk())
    : await progress.wait(connection.nextChunk());
  while (chunk && chunk !== 'quiet') {
    yield chunk;
    chunk = await progress.wait(connection.nextChunk());
  }
  return 'unmarked';
}

/** RFC 959, 3.4.2: the end of the file is marked, and the connection may stay. */
export async function* receiveBlocks(receiving: Receiving): AsyncGenerator<Uint8Array, FileEnd> {
  const { connection, progress, framing, isWhole } = receiving;
  let bytes = 0;
  let next: Promise<BlockEvent | undefined> | undefined;
  for (;;) {
    // Most pieces hold several blocks: none of them is waited for.
    let event: BlockEvent | 'quiet' | undefined = next ? undefined : connection.blockThatCame();
    if (!event) {
      next ??= connection.nextBlock();
      event = await progress.waitOrQuiet(next);
    }
    if (event === 'quiet') {
      // Server "a" sends no EOF block when a file is empty or fills its blocks exactly.
      if (connection.atBoundary && (await isWhole(bytes, 'quiet'))) return 'unmarked';
      progress.bePatient();
      continue;
    }
    next = undefined;
    if (!event) return await endedWithoutMark(receiving, bytes);
    // Of an empty file the last block is empty too.
    if (event.kind === 'endOfFile') return event.alone && bytes > 0 ? 'ownBlock' : 'lastBlock';
    // A marker is the sender's own text, no byte of the file (RFC 959, 3.5).
    if (event.kind === 'marker') continue;
    if (event.suspect) {
      if (framing === 'unknown')
        throw new GrammarError('Suspect data before any framing is proved');
      throw incomplete('The server marked bytes of the file as suspect', bytes);
    }
    bytes += event.bytes.length;
    yield event.bytes;
  }
}

async function endedWithoutMark(
  { connection, framing, confirmed, isWhole }: Receiving,
  bytes: number,
): Promise<FileEnd> {
  if (connection.atBoundary && (await isWhole(bytes, 'ended'))) return 'unmarked';
  if (framing === 'unknown') {
    await confirmed();
    throw new GrammarError('The data ended without the end-of-file block');
  }
  throw incomplete('The data connection ended in the middle of the file', bytes, 'retry');
}

/** A transfer that ended too early, or badly. */
export function incomplete(
  message: string,
  bytes: number,
  remedy: 'none' | 'retry' = 'none',
): TransferError {
  return new TransferError(`${message}, after ${bytes} bytes`, { bytes, remedy });
}
