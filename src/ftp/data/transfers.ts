import type { ByteSource } from '../../base/bytes.ts';
import { nameOf, parentOf, type RemotePath } from '../../base/paths.ts';
import {
  ArgumentError,
  ProtocolError,
  ReplyError,
  SentAheadError,
  TransferError,
} from '../errors.ts';
import type { Retrieval, StoreOptions, TransferOptions } from '../ftpConnection.ts';
import { GrammarError } from '../grammar/grammarError.ts';
import { type FileEnd, receiveBlocks, receiveStream, type Receiving } from './dataConnection.ts';
import { FramingProof, NotFramedError, SentBytes } from './framingProof.ts';
import { mayBeFollowed } from './overlap.ts';
import { byPathOrName } from './pathnames.ts';
import { type ReceivedListing, receiveListing } from './receiveListing.ts';
import type { TransferCommand } from './rungChoice.ts';
import { type RunningTransfer, transferFailure, type TransferParts } from './runningTransfer.ts';
import { sendSource } from './sendSource.ts';
import { startTransfer } from './startingTransfer.ts';

// Until a server has proved that it frames, the bytes of a file are held back until it is known to be
// whole. Beyond this size so many well-formed blocks have come that they cannot be a raw file.
const heldBytes = 8 * 1024 * 1024;

/** Files and listings over data connections, one after the other, each whole or an error. */
export class Transfers {
  readonly #parts: TransferParts;
  readonly #proof: FramingProof;

  constructor(parts: TransferParts) {
    this.#parts = parts;
    this.#proof = new FramingProof(parts);
  }

  async retrieve(path: RemotePath, options: TransferOptions): Promise<Retrieval> {
    const running = await this.#start('RETR', path, options);
    const bytes = this.#receive(running, path, options);
    return {
      bytes,
      [Symbol.asyncDispose]: async () => {
        // A loop over the bytes that was never begun cannot end the transfer itself.
        void running.breakOff();
        await bytes.return();
      },
    };
  }

  async store(path: RemotePath, source: ByteSource, options: StoreOptions): Promise<number> {
    const { signal, observer } = options;
    const { profile, clock } = this.#parts;
    const sent = new SentBytes();
    let running: RunningTransfer | undefined;
    try {
      running = await this.#start('STOR', path, options);
      using progress = running.progress(signal);
      const onSent = (piece: Uint8Array, raw: number): void => {
        sent.add(piece, raw);
        observer?.moved?.(piece.length);
      };
      const confirmed = await sendSource(source, running, progress, { clock, onSent });
      if (running.isAhead) {
        // It has taken another file's bytes for these.
        if (confirmed === 'early') throw new ProtocolError('Confirmed before all bytes were sent');
        await running.endAhead(signal);
        return sent.bytes;
      }
      const connection = await running.endSending(progress, options);
      // What is asked now may be answered behind a transfer that waits for this one to leave.
      const isAlone = !mayBeFollowed(this.#parts, running.rung);
      if (!isAlone) running.complete(connection);
      if (confirmed === 'early') await this.#proof.proveTaken(path, sent.bytes, signal);
      const isProved = running.rung.mode === 'stream' || profile.framing.storesWhole.has(sent.kind);
      const { bytes, raw, kind } = sent;
      if (!isProved) await this.#proof.proveStored(path, { bytes, raw, kind, isAlone }, signal);
      if (isAlone) running.complete(connection);
      return sent.bytes;
    } catch (error) {
      void running?.breakOff();
      signal.throwIfAborted();
      // A name that no command can carry was not sent at all.
      if (error instanceof ArgumentError) throw error;
      const isRefused = running === undefined || (running.isAhead && !running.hasBegun);
      if (isRefused && error instanceof ReplyError) throw error;
      const failure = transferFailure(this.#parts, error, sent.bytes);
      throw running?.isAhead ? sentAhead(failure) : failure;
    }
  }

  /** A listing by MLSD or LIST. */
  list(command: TransferCommand, signal: AbortSignal): Promise<ReceivedListing> {
    return receiveListing(this.#parts, command, signal);
  }

  async #start(
    verb: string,
    path: RemotePath,
    { insistence, signal, ahead }: StoreOptions,
  ): Promise<RunningTransfer> {
    const { profile } = this.#parts;
    const byPath = { verb, argument: path, insistence, ahead };
    const byName = { ...byPath, argument: nameOf(path), folder: parentOf(path) };
    return await byPathOrName(
      profile,
      () => startTransfer(this.#parts, byPath, signal),
      () => startTransfer(this.#parts, byName, signal),
    );
  }

  async *#receive(
    running: RunningTransfer,
    path: RemotePath,
    options: TransferOptions,
  ): AsyncGenerator<Uint8Array, void> {
    const { profile } = this.#parts;
    const unproved = running.rung.mode === 'block' && profile.framing.state === 'unknown';
    const held: Uint8Array[] = [];
    let bytes = 0;
    let handedOver = 0;
    try {
      for await (const piece of this.#receiveWhole(running, path, options)) {
        bytes += piece.length;
        held.push(piece);
        if (unproved && handedOver === 0 && bytes <= heldBytes) continue;
        options.observer?.moved?.(bytes - handedOver);
        handedOver = bytes;
        yield* held.splice(0);
      }
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof NotFramedError)) throw transferFailure(this.#parts, error, bytes);
      this.#proof.disprove(error);
      if (handedOver > 0) throw transferFailure(this.#parts, error, bytes);
      await running.breakOff();
      yield* (await this.retrieve(path, options)).bytes;
      return;
    } finally {
      void running.breakOff();
    }
    if (bytes > handedOver) options.observer?.moved?.(bytes - handedOver);
    yield* held;
  }

  /** Ends without an error only when both endings have come and the file is known to be whole. */
  async *#receiveWhole(
    running: RunningTransfer,
    path: RemotePath,
    options: TransferOptions,
  ): AsyncGenerator<Uint8Array, void> {
    const { signal } = options;
    using progress = running.progress(signal);
    const { state: framing, marksEnds } = this.#parts.profile.framing;
    const isBlock = running.rung.mode === 'block';
    const receiving = {
      connection: running.connection,
      progress,
      framing,
      ...this.#endings(running, path, signal),
    };
    let bytes = 0;
    const before = running.connection.taken;
    const pieces = isBlock ? receiveBlocks(receiving) : receiveStream(receiving);
    try {
      let next = await pieces.next();
      for (; next.done !== true; next = await pieces.next()) {
        bytes += next.value.length;
        yield next.value;
      }
      const raw = running.connection.taken - before;
      await this.#proveWhole(
        running,
        path,
        { end: next.value, bytes, raw, framing, marksEnds },
        options,
      );
    } catch (error) {
      const isOther = !(error instanceof GrammarError) || error instanceof NotFramedError;
      if (isOther || framing === 'proved') throw error;
      throw new NotFramedError(error.message, { cause: error });
    }
  }

  // An end without a mark proves nothing: an empty file looks the same in blocks and as a stream.
  async #proveWhole(
    running: RunningTransfer,
    path: RemotePath,
    { end, bytes, raw, framing, marksEnds }: EndedFile,
    { signal, size }: TransferOptions,
  ): Promise<void> {
    const isBlock = running.rung.mode === 'block';
    const proving = isBlock && framing === 'unknown' && end !== 'unmarked';
    if (proving && !running.connection.atBoundary) {
      throw new NotFramedError('Bytes came after the end');
    }
    await running.endReceiving(end, signal, async () => {
      if (proving) await this.#proof.proveReceived(path, { bytes, raw }, signal);
      else if (!isBlock && (await running.size) !== bytes) {
        await this.#proof.proveStream(path, bytes, signal);
      }
    });
    // Only now: the answer may come behind a transfer that waits for this one to leave.
    if (isBlock && framing === 'proved' && marksEnds)
      await this.#proof.proveMarked(path, { bytes, told: size }, signal);
  }

  #endings(
    running: RunningTransfer,
    path: RemotePath,
    signal: AbortSignal,
  ): Pick<Receiving, 'confirmed' | 'isWhole'> {
    const { profile } = this.#parts;
    const confirmed = (): Promise<unknown> => running.confirmed(signal);
    return {
      confirmed,
      isWhole: async (bytes, data) => {
        await confirmed();
        // What follows would be another file's. The answer would come behind that one.
        if (profile.framing.marksEnds) return false;
        return data === 'ended'
          ? await this.#proof.isWhole(path, bytes, signal)
          : await this.#proof.isComplete(path, bytes, signal);
      },
    };
  }
}

/** What has come of a file, headers included in `raw`, and what was known of the framing before. */
interface EndedFile {
  readonly end: FileEnd;
  readonly bytes: number;
  readonly raw: number;
  readonly framing: 'unknown' | 'proved';
  readonly marksEnds: boolean;
}

function sentAhead(failure: unknown): unknown {
  if (!(failure instanceof TransferError)) return failure;
  const { message, bytes, cause } = failure;
  return new SentAheadError(message, { bytes, remedy: 'none', cause });
}
