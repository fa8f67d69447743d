import type { RemotePath } from '../../base/paths.ts';
import { entryOf, sizeOf } from '../control/fileFacts.ts';
import { ConnectionError, DamagedStoreError, ProtocolError, TransferError } from '../errors.ts';
import { GrammarError } from '../grammar/grammarError.ts';
import type { SentKind } from '../profile/framing.ts';
import type { TransferParts } from './runningTransfer.ts';

// How often, and with which pauses, a file is asked for its size that was confirmed too early.
const sizeAttempts = 5;
const sizePauseMs = 500;

/** How much of a file has moved: its bytes, and with all the headers that came with them. */
interface MovedBytes {
  readonly bytes: number;
  readonly raw: number;
}

interface StoredBytes extends MovedBytes {
  readonly kind: SentKind;
  readonly isAlone: boolean;
}

/** How much of a file was sent: its bytes, and with all the headers that went with them. */
export class SentBytes {
  bytes = 0;
  raw = 0;
  kind: SentKind = 'without255';

  /** A piece was sent, which took so many bytes. */
  add(piece: Uint8Array, raw: number): void {
    this.bytes += piece.length;
    this.raw += raw;
    if (this.kind === 'without255' && piece.includes(255)) this.kind = 'with255';
  }
}

/** The server said 200 to MODE B and does not frame, or nothing tells whether it does. */
export class NotFramedError extends GrammarError {}

/**
 * Holds what came, or what was stored, against the size that the server tells. It is asked in the
 * middle of a transfer.
 */
export class FramingProof {
  readonly #parts: TransferParts;
  /** The ends of all files so far were marked. */
  #marked: Promise<unknown> = Promise.resolve();

  constructor(parts: TransferParts) {
    this.#parts = parts;
  }

  /** True where the file has that many bytes; asked while more may still come. */
  async isComplete(path: RemotePath, bytes: number, signal: AbortSignal): Promise<boolean> {
    if ((await this.#sizeOf(path, signal)) === bytes) return true;
    return (await this.#factOf(path, signal)) === bytes;
  }

  /** The same after the data has ended. The kept data connection may be gone afterwards. */
  async isWhole(path: RemotePath, bytes: number, signal: AbortSignal): Promise<boolean> {
    return (await this.#sizes(path, { bytes, isAlone: true }, signal)).includes(bytes);
  }

  /**
   * A stream that ends early looks like one that ends: only the size tells. Of a file that grows all
   * the time one more byte is there whenever it is asked, but what it had earlier came whole.
   */
  async proveStream(path: RemotePath, bytes: number, signal: AbortSignal): Promise<void> {
    const told = await this.#sizeOf(path, signal);
    if (told === bytes) return;
    const fact = await this.#factOf(path, signal);
    if (fact === bytes) return;
    // Some servers say 0 bytes of what they make as they send it: that tells nothing.
    const size = told || fact;
    if (!size) return;
    if (this.#parts.profile.mismatched(path, { bytes, size }) === 'grew') return;
    const message = `${bytes} bytes came of a file that has ${size}`;
    throw new TransferError(message, { bytes, remedy: 'retry' });
  }

  /**
   * Where files follow each other on a data connection, one whose end is not marked has the bytes of the
   * next one too, and all behind it are shifted: each waits for the proof of those before it. Asks the
   * server where no size was `told`, or another one.
   */
  async proveMarked(
    path: RemotePath,
    { bytes, told }: { readonly bytes: number; readonly told: number | undefined },
    signal: AbortSignal,
  ): Promise<void> {
    const before = this.#marked;
    const own = bytes === told ? before : this.#proveEnd(path, bytes, signal);
    this.#marked = own === before ? before : Promise.all([before, own]);
    this.#marked.catch(() => {});
    await own;
    await before;
  }

  async #proveEnd(path: RemotePath, bytes: number, signal: AbortSignal): Promise<void> {
    const { pi, profile, logger } = this.#parts;
    try {
      const sizes = await this.#sizes(path, { bytes, isAlone: false }, signal);
      if (sizes.length === 0 || sizes.includes(bytes)) return;
      const [size = 0] = sizes;
      if (profile.mismatched(path, { bytes, size }) === 'grew') return;
      profile.framing.missedEnd();
      const message = `${bytes} bytes came of a file that has ${size}`;
      logger.warn(`Files come one by one from now on, for an end may not be marked: ${message}`);
      throw new TransferError(message, { bytes, remedy: 'retry' });
    } catch (error) {
      // Without the proof none of those behind it is known to have its own bytes.
      const message = 'Closed to start again: the size of a file could not be proved';
      pi.control.close(new ConnectionError('control', message, { cause: error }));
      throw error;
    }
  }

  /**
   * Some servers say 226 right behind 150, and take the bytes all the same: only the size tells. It
   * may be a little late, for such a server does both at the same time.
   */
  async proveTaken(path: RemotePath, bytes: number, signal: AbortSignal): Promise<void> {
    for (let left = sizeAttempts; left > 0; left--) {
      if (await this.isComplete(path, bytes, signal)) return;
      if (left > 1) await this.#parts.clock.sleep(sizePauseMs, signal);
    }
    throw new ProtocolError('The server confirmed the file too early, and it is not whole');
  }

  /** One whole file in blocks, its size known, proves that the server frames. */
  async proveReceived(
    path: RemotePath,
    { bytes, raw }: MovedBytes,
    signal: AbortSignal,
  ): Promise<void> {
    const sizes = await this.#sizes(path, { bytes, isAlone: true }, signal);
    if (sizes.includes(bytes)) this.#parts.profile.framing.proved();
    // A size that is neither that of the file nor that with its headers is wrong, or the file is
    // growing: that tells nothing of the framing.
    else if (sizes.length === 0 || sizes.includes(raw)) {
      throw new NotFramedError(`${bytes} bytes came of a file of ${sizes[0]}`);
    }
  }

  /**
   * A server that does not frame stores the headers too; another one loses bytes of what it frames.
   * Not to be asked of a kind of file that was seen to arrive whole. `isAlone`: no other transfer may
   * be under way on the connection.
   */
  async proveStored(
    path: RemotePath,
    { bytes, raw, kind, isAlone }: StoredBytes,
    signal: AbortSignal,
  ): Promise<void> {
    const { profile, logger } = this.#parts;
    const sizes = await this.#sizes(path, { bytes, isAlone }, signal);
    if (sizes.includes(bytes)) {
      profile.framing.storedWhole(kind);
    } else if (sizes.includes(raw)) {
      const error = new NotFramedError(`${bytes} bytes were stored as ${raw}`);
      this.disprove(error);
      throw new DamagedStoreError(error.message, { bytes, remedy: 'retry', cause: error });
    } else if (sizes.length > 0 && sizes.every((size) => size < bytes)) {
      const message = `${bytes} bytes were confirmed, and ${sizes[0]} arrived`;
      profile.framing.storedShort();
      logger.warn(`Uploads in block mode come to harm, and go as streams from now on: ${message}`);
      throw new DamagedStoreError(message, { bytes, remedy: 'retry' });
    }
  }

  /** Block mode is left for the whole site. */
  disprove(error: NotFramedError): void {
    const { rungChoice, logger } = this.#parts;
    rungChoice.leaveBlockMode(error.message);
    logger.warn(`The server agreed to block mode and does not frame: ${error.message}`);
  }

  /** What the server tells of the size, asked until it tells the expected one. */
  async #sizes(
    path: RemotePath,
    { bytes: expected, isAlone }: Pick<StoredBytes, 'bytes' | 'isAlone'>,
    signal: AbortSignal,
  ): Promise<readonly number[]> {
    const { pi, dtp } = this.#parts;
    const size = await this.#sizeOf(path, signal);
    if (size === expected) return [size];
    // One server's SIZE is wrong where its MLST is right (Waarp).
    const fact = await this.#factOf(path, signal);
    if (fact === expected) return [fact];
    if (size === undefined || pi.parameters.mode === 'S' || !isAlone) return present([size, fact]);
    // RFC 3659, 4: the size depends on MODE. Where the one under MODE B disagrees, ask under MODE S.
    dtp.dropKept();
    await pi.agree({ mode: 'S' }, signal);
    return present([await this.#sizeOf(path, signal), fact]);
  }

  /** RFC 3659, 4: the size that RETR would send; `undefined` where the server has none. */
  async #sizeOf(path: RemotePath, signal: AbortSignal): Promise<number | undefined> {
    const { pi, pathnames } = this.#parts;
    return await pathnames.inMyTurn(path, signal, (spell) => sizeOf(pi, spell(path), signal));
  }

  /** RFC 3659, 7.5.7: the size by MLST; `undefined` where the server has none. */
  async #factOf(path: RemotePath, signal: AbortSignal): Promise<number | undefined> {
    const { pi } = this.#parts;
    return pi.features.has('MLST') ? (await entryOf(pi, path, signal))?.size : undefined;
  }
}

function present(sizes: readonly (number | undefined)[]): readonly number[] {
  return sizes.filter((size) => size !== undefined);
}
