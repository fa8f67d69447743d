import type { ByteSource } from '../../base/bytes.ts';
import type { Logger } from '../../base/logger.ts';
import { nameOf, parentOf, type RemotePath } from '../../base/paths.ts';
import { byPathOrName } from '../control/refusedPath.ts';
import { ProtocolError, ReplyError, TransferError } from '../errors.ts';
import type { Retrieval, TransferOptions } from '../ftpConnection.ts';
import { GrammarError } from '../grammar/grammarError.ts';
import { FramingProof, NotFramedError, type SizeOf } from './framingProof.ts';
import { listFolder, type ReceivedFolder } from './listFolder.ts';
import { receiveBlocks, receiveStream, type Receiving } from './receive.ts';
import type { SentKind } from '../profile/framing.ts';
import type { RunningTransfer } from './runningTransfer.ts';
import { sendFile } from './send.ts';
import { broken, confirmStore, endReceiving } from './transferEnd.ts';
import { type StartSurroundings, startTransfer, type TransferCommand } from './transferStart.ts';

export interface TransferDependencies extends StartSurroundings {
  readonly sizeOf: SizeOf;
  readonly logger: Logger;
}

// Until a server has proved that it frames, a file is held back until it is known to be whole; one
// larger than this has come in so many well-formed blocks that no raw file would.
const heldBytes = 8 * 1024 * 1024;

// How often, and with which pauses, a file is asked for its size that was confirmed too early.
const sizeAttempts = 5;
const sizePauseMs = 500;

/** Files and listings over data connections, one after the other, each whole or an error. */
export class Transfers {
  readonly #dependencies: TransferDependencies;
  readonly #proof: FramingProof;

  constructor(dependencies: TransferDependencies) {
    this.#dependencies = dependencies;
    this.#proof = new FramingProof(dependencies);
  }

  async retrieve(path: RemotePath, options: TransferOptions): Promise<Retrieval> {
    const running = await this.#start('RETR', path, options);
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
    let [bytes, raw] = [0, 0];
    let kind: SentKind = 'without255';
    let running: RunningTransfer | undefined;
    try {
      running = await this.#start('STOR', path, options);
      using progress = running.progress(options.signal);
      const confirmed = await sendFile(
        source,
        running.rung.mode,
        running.connection,
        progress,
        (sent) => {
          bytes += sent.bytes;
          raw += sent.chunk.length;
          if (kind === 'without255' && sent.chunk.includes(255, sent.chunk.length - sent.bytes)) {
            kind = 'with255';
          }
          options.observer?.moved?.(sent.bytes);
        },
      );
      const connection = await confirmStore(this.#dependencies, running, progress, options);
      const isBlock = running.rung.mode === 'block';
      if (confirmed === 'early') await this.#proveTaken(path, bytes, options.signal);
      if (isBlock) await this.#proof.proveStored(path, { bytes, raw, kind }, options.signal);
      // Whoever had to ask under another mode leaves no connection of this one.
      const isKept = !isBlock || this.#dependencies.pi.parameters.mode === 'B';
      running.complete(isKept ? connection : 'close');
      this.#dependencies.rungChoice.prove(running.rung, running.refusedElsewhere);
      return bytes;
    } catch (error) {
      void running?.breakOff();
      options.signal.throwIfAborted();
      if (!running && error instanceof ReplyError) throw error;
      throw broken(this.#dependencies, error, bytes);
    }
  }

  // Some say 226 right behind 150, and take the bytes all the same: only the size tells. It may be a
  // little late, for such a server does one thing beside the other.
  async #proveTaken(path: RemotePath, bytes: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#dependencies;
    for (let left = sizeAttempts; left > 0; left--) {
      if (await this.#proof.isComplete(path, bytes, signal)) return;
      if (left > 1) await clock.sleep(sizePauseMs, signal);
    }
    throw new ProtocolError('The server confirmed the file too early, and it is not whole');
  }

  /** A listing by MLSD or LIST. */
  list(command: TransferCommand, signal: AbortSignal): Promise<ReceivedFolder> {
    return listFolder(this.#dependencies, command, signal);
  }

  async #start(
    verb: string,
    path: RemotePath,
    { insistence, signal }: TransferOptions,
  ): Promise<RunningTransfer> {
    const { profile } = this.#dependencies;
    const byPath = { verb, argument: path, insistence };
    const byName = { ...byPath, argument: nameOf(path), folder: parentOf(path) };
    return await byPathOrName(
      profile,
      () => startTransfer(this.#dependencies, byPath, signal),
      () => startTransfer(this.#dependencies, byName, signal),
    );
  }

  async *#receive(
    running: RunningTransfer,
    path: RemotePath,
    options: TransferOptions,
  ): AsyncGenerator<Uint8Array, void> {
    const { profile } = this.#dependencies;
    const unproved = running.rung.mode === 'block' && profile.framing.state === 'unknown';
    const held: Uint8Array[] = [];
    let bytes = 0;
    let handedOver = 0;
    try {
      for await (const piece of this.#receiveWhole(running, path, options.signal)) {
        bytes += piece.length;
        held.push(piece);
        if (unproved && handedOver === 0 && bytes <= heldBytes) continue;
        options.observer?.moved?.(bytes - handedOver);
        handedOver = bytes;
        yield* held.splice(0);
      }
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof NotFramedError)) throw broken(this.#dependencies, error, bytes);
      this.#proof.disprove(error);
      if (handedOver > 0) throw broken(this.#dependencies, error, bytes);
      await running.breakOff();
      yield* (await this.retrieve(path, options)).bytes;
      return;
    } finally {
      void running.breakOff();
    }
    if (bytes > handedOver) options.observer?.moved?.(bytes - handedOver);
    yield* held;
  }

  /** Ends without an error only when both endings have come and nothing speaks against them. */
  async *#receiveWhole(
    running: RunningTransfer,
    path: RemotePath,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void> {
    using progress = running.progress(signal);
    const { profile } = this.#dependencies;
    const framing = profile.framing.state;
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
      // An end that nothing marked proves nothing: an empty file looks alike both ways.
      const proving = isBlock && framing === 'unknown' && next.value !== 'unmarked';
      if (proving && !running.connection.atBoundary) {
        throw new NotFramedError('Bytes came after the end');
      }
      await endReceiving(this.#dependencies, running, next.value, signal, async () => {
        const raw = running.connection.taken - before;
        if (proving) await this.#proof.proveReceived(path, { bytes, raw }, signal);
        else if (!isBlock) await this.#checkSize(path, bytes, signal);
      });
    } catch (error) {
      const isOther = !(error instanceof GrammarError) || error instanceof NotFramedError;
      if (isOther || framing === 'proved') throw error;
      throw new NotFramedError(error.message, { cause: error });
    }
  }

  #endings(
    running: RunningTransfer,
    path: RemotePath,
    signal: AbortSignal,
  ): Pick<Receiving, 'confirmed' | 'isWhole'> {
    const { profile } = this.#dependencies;
    const confirmed = (): Promise<unknown> => running.confirmed(signal);
    return {
      confirmed,
      isWhole: async (bytes, data) => {
        await confirmed();
        // The answer would come behind transfers that were sent ahead and wait for us.
        if (profile.framing.marksEnds && running.othersAhead) return false;
        return data === 'ended'
          ? await this.#proof.isWhole(path, bytes, signal)
          : await this.#proof.isComplete(path, bytes, signal);
      },
    };
  }

  // A stream that ends early looks like one that ends: only the size tells. A file that grows all the
  // time has one more than came whenever it is asked: but what it had at an earlier time came whole.
  async #checkSize(path: RemotePath, bytes: number, signal: AbortSignal): Promise<void> {
    const { profile, sizeOf } = this.#dependencies;
    const told = await sizeOf(path, signal);
    if (told === bytes) return;
    const fact = await this.#proof.factOf(path, signal);
    if (fact === bytes) return;
    // Of what a server makes as it sends it, some say that it has 0 bytes: that tells nothing.
    const size = told || fact;
    if (!size) return;
    if (profile.mismatched(path, { bytes, size }) === 'grew') return;
    const message = `${bytes} bytes came of a file that has ${size}`;
    throw new TransferError(message, { bytes, remedy: 'retry' });
  }
}
