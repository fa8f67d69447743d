import type { ByteSource } from '../../base/bytes.ts';
import { TimeoutError } from '../../base/clock.ts';
import type { RemotePath } from '../../base/paths.ts';
import { FtpError, FtpTimeoutError, ProtocolError, ReplyError, TransferError } from '../errors.ts';
import type { Retrieval, TransferOptions } from '../ftpConnection.ts';
import { GrammarError } from '../grammar/grammarError.ts';
import {
  type FileEnd,
  receiveBlocks,
  receiveFramedListing,
  receiveListing,
  receiveStream,
  receiveStreamListing,
} from './receive.ts';
import type { RunningTransfer } from './runningTransfer.ts';
import { sendFile } from './send.ts';
import { type StartSurroundings, startTransfer, type TransferCommand } from './transferStart.ts';

export interface TransferDependencies extends StartSurroundings {
  /** RFC 3659, 4: the size that RETR would send; `undefined` where the server has none. */
  readonly sizeOf: (path: RemotePath, signal: AbortSignal) => Promise<number | undefined>;
}

// Until a server has proved that it frames, a file is held back until it is known to be whole; one
// larger than this has come in so many well-formed blocks that no raw file would.
const heldBytes = 8 * 1024 * 1024;

/** The server said 200 to MODE B and does not frame. */
class NotFramedError extends Error {}

/** Files and listings over data connections, one after the other, each whole or an error. */
export class Transfers {
  readonly #dependencies: TransferDependencies;

  constructor(dependencies: TransferDependencies) {
    this.#dependencies = dependencies;
  }

  async retrieve(path: RemotePath, options: TransferOptions): Promise<Retrieval> {
    const command = { verb: 'RETR', argument: path };
    const running = await startTransfer(this.#dependencies, command, options.signal);
    const bytes = this.#receive(running, path, options);
    return {
      bytes,
      [Symbol.asyncDispose]: async () => {
        // A loop that never began has no end of its own.
        void running.breakOff();
        await bytes.return();
      },
    };
  }

  async store(path: RemotePath, source: ByteSource, options: TransferOptions): Promise<number> {
    let bytes = 0;
    let running: RunningTransfer | undefined;
    try {
      running = await startTransfer(
        this.#dependencies,
        { verb: 'STOR', argument: path },
        options.signal,
      );
      using progress = running.progress(options.signal);
      await sendFile(source, running.rung.mode, running.connection, progress, (sent) => {
        bytes += sent;
        options.observer?.moved?.(sent);
      });
      const connection = await this.#confirmStore(running, options.signal);
      running.complete(connection);
      if (running.rung.mode === 'block') await this.#proveStored(path, bytes, options.signal);
      this.#dependencies.profile.ladder.prove(running.rung);
      return bytes;
    } catch (error) {
      void running?.breakOff();
      options.signal.throwIfAborted();
      if (!running && error instanceof ReplyError) throw error;
      throw this.#broken(error, bytes);
    }
  }

  /** The bytes of a listing, by MLSD or LIST. */
  async list(command: TransferCommand, signal: AbortSignal): Promise<readonly Uint8Array[]> {
    const { profile, dtp } = this.#dependencies;
    const verb = command.verb === 'MLSD' ? 'MLSD' : 'LIST';
    // A listing on a connection of its own would have the very addresses and ports of the kept one.
    if (profile.listings[verb] !== 'framed') dtp.dropKept();
    const running = await startTransfer(this.#dependencies, command, signal);
    try {
      using progress = running.progress(signal);
      const receiving = { connection: running.connection, progress };
      if (running.rung.mode === 'stream') {
        const pieces = await receiveStreamListing(receiving);
        await this.#endReceiving(running, 'unmarked', signal);
        return pieces;
      }
      // What comes on a kept connection has been asked for already, as blocks.
      const listing =
        profile.listings[verb] === 'framed'
          ? await receiveFramedListing(receiving)
          : await receiveListing(receiving);
      await this.#endReceiving(running, listing.end, signal);
      profile.listings[verb] = listing.framing;
      if (listing.framing === 'framed') profile.framing = 'proved';
      return listing.pieces;
    } catch (error) {
      void running.breakOff();
      signal.throwIfAborted();
      throw this.#broken(error, 0);
    }
  }

  async *#receive(
    running: RunningTransfer,
    path: RemotePath,
    options: TransferOptions,
  ): AsyncGenerator<Uint8Array, void> {
    const { profile } = this.#dependencies;
    const unproved = running.rung.mode === 'block' && profile.framing === 'unknown';
    const held: Uint8Array[] = [];
    let bytes = 0;
    let handedOver = false;
    try {
      for await (const piece of this.#receiveWhole(running, path, options.signal)) {
        bytes += piece.length;
        options.observer?.moved?.(piece.length);
        held.push(piece);
        if (unproved && !handedOver && bytes <= heldBytes) continue;
        handedOver = true;
        yield* held.splice(0);
      }
    } catch (error) {
      void running.breakOff();
      options.signal.throwIfAborted();
      if (!(error instanceof NotFramedError)) throw this.#broken(error, bytes);
      this.#leaveBlockMode(error);
      if (handedOver) throw this.#broken(error, bytes);
      await running.breakOff();
      yield* (await this.retrieve(path, options)).bytes;
      return;
    } finally {
      void running.breakOff();
    }
    yield* held;
  }

  /** Ends without an error only when both endings have come and nothing speaks against them. */
  async *#receiveWhole(
    running: RunningTransfer,
    path: RemotePath,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void> {
    using progress = running.progress(signal);
    const { profile, turns, control } = this.#dependencies;
    const isBlock = running.rung.mode === 'block';
    const confirmed = (): Promise<unknown> => running.confirmed(signal);
    const isWhole = async (size: number): Promise<boolean> => {
      await confirmed();
      // The answer would come behind transfers that were sent ahead and wait for us.
      if (profile.marksEnds && turns.count > 1 && control.pipelineDepth > 1) return false;
      return (await this.#trueSize(path, size, signal)) === size;
    };
    const { framing } = profile;
    const receiving = { connection: running.connection, progress, framing, confirmed, isWhole };
    let bytes = 0;
    const pieces = isBlock ? receiveBlocks(receiving) : receiveStream(receiving);
    try {
      let next = await pieces.next();
      for (; next.done !== true; next = await pieces.next()) {
        bytes += next.value.length;
        yield next.value;
      }
      const proving = isBlock && framing === 'unknown';
      if (proving && !running.connection.atBoundary)
        throw new NotFramedError('Bytes after the end');
      await this.#endReceiving(running, next.value, signal);
      if (!isBlock || proving) await this.#checkSize(path, bytes, proving, signal);
      if (proving) profile.framing = 'proved';
    } catch (error) {
      if (!(error instanceof GrammarError) || framing === 'proved') throw error;
      throw new NotFramedError(error.message, { cause: error });
    }
  }

  async #checkSize(
    path: RemotePath,
    bytes: number,
    proving: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const size = await this.#trueSize(path, bytes, signal);
    if (size === undefined || size === bytes) return;
    if (proving) throw new NotFramedError(`${bytes} bytes came of a file of ${size}`);
    throw new TransferError(`Only ${bytes} of ${size} bytes came`, { bytes, remedy: 'retry' });
  }

  // RFC 3659, 4: the size depends on MODE. Where the one under MODE B disagrees, ask under MODE S.
  async #trueSize(
    path: RemotePath,
    expected: number,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { pi, dtp, sizeOf } = this.#dependencies;
    const size = await sizeOf(path, signal);
    if (size === expected || pi.parameters.mode === 'S') return size;
    dtp.dropKept();
    await pi.agree({ mode: 'S' }, signal);
    return await sizeOf(path, signal);
  }

  /** The data has ended: the final reply, and what becomes of the connection. */
  async #endReceiving(running: RunningTransfer, end: FileEnd, signal: AbortSignal): Promise<void> {
    // ProFTPD withholds its final reply until we have closed our side too.
    if (end === 'unmarked') this.#dependencies.dtp.drop(running.connection);
    await running.confirmed(signal);
    running.complete(end === 'unmarked' ? 'close' : 'keep');
    const { profile } = this.#dependencies;
    if (end === 'ownBlock') profile.marksEnds = true;
    profile.ladder.prove(running.rung);
  }

  /** Ends an upload: the end of the data is said, the final reply awaited. */
  async #confirmStore(running: RunningTransfer, signal: AbortSignal): Promise<'keep' | 'close'> {
    const { profile, timeouts } = this.#dependencies;
    const { transport } = running.connection;
    if (running.rung.mode === 'block' && !profile.closesToConfirm) {
      try {
        await running.final(timeouts.storeConfirmation, signal);
        return 'keep';
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
      }
      // Server "a" confirms a STOR only when the client closes, though the file's end was marked.
      await transport.end(signal);
      await running.confirmed(signal);
      profile.closesToConfirm = true;
      return 'close';
    }
    // RFC 959, 3.4.1: closing is the end of the file. Only our half: a reset would cost its tail.
    await transport.end(signal);
    await running.confirmed(signal);
    return 'close';
  }

  // A server that does not frame stores the headers too.
  async #proveStored(path: RemotePath, bytes: number, signal: AbortSignal): Promise<void> {
    const { profile, sizeOf } = this.#dependencies;
    if (profile.framing === 'proved') return;
    const size = await sizeOf(path, signal);
    if (size === bytes) profile.framing = 'proved';
    if (size === undefined || size <= bytes) return;
    const error = new NotFramedError(`${bytes} bytes were stored as ${size}`);
    this.#leaveBlockMode(error);
    throw new TransferError(error.message, { bytes, remedy: 'retry', cause: error });
  }

  #leaveBlockMode(error: NotFramedError): void {
    const { profile, logger } = this.#dependencies;
    profile.ladder.leaveBlockMode();
    logger.warn(`The server agreed to block mode and does not frame: ${error.message}`);
  }

  /** Whatever broke a transfer, as the engine's own word. */
  #broken(error: unknown, bytes: number): FtpError {
    if (error instanceof TransferError) return error;
    const cause = this.#asFtpError(error);
    const message = `The transfer broke off after ${bytes} bytes: ${cause.message}`;
    const { usable } = this.#dependencies.control;
    const remedy = cause.remedy === 'none' || !usable ? cause.remedy : 'retry';
    return new TransferError(message, { bytes, remedy, cause });
  }

  #asFtpError(error: unknown): FtpError {
    if (error instanceof FtpError) return error;
    if (error instanceof TimeoutError)
      return new FtpTimeoutError(error.waitingFor, { cause: error });
    if (error instanceof GrammarError || error instanceof NotFramedError) {
      return new ProtocolError(error.message, { cause: error });
    }
    // Not the engine's: the source of an upload failed, and its own words are the right ones.
    throw error;
  }
}
