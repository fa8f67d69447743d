import type { Logger } from '../../base/logger.ts';
import type { RemotePath } from '../../base/paths.ts';
import type { UserPI } from '../control/userPI.ts';
import { entryOf } from '../control/fileFacts.ts';
import { DamagedStoreError } from '../errors.ts';
import type { SentKind } from '../profile/framing.ts';
import type { ServerProfile } from '../profile/serverProfile.ts';
import { GrammarError } from '../grammar/grammarError.ts';
import type { RungChoice } from './rungChoice.ts';
import type { UserDTP } from './userDTP.ts';

/** RFC 3659, 4: the size that RETR would send; `undefined` where the server has none. */
export type SizeOf = (path: RemotePath, signal: AbortSignal) => Promise<number | undefined>;

export interface ProofSurroundings {
  readonly pi: UserPI;
  readonly dtp: UserDTP;
  readonly profile: ServerProfile;
  readonly rungChoice: RungChoice;
  readonly logger: Logger;
  readonly sizeOf: SizeOf;
}

/** How much of a file has moved: its bytes, and with all the headers that came with them. */
export interface Moved {
  readonly bytes: number;
  readonly raw: number;
}

/** The server said 200 to MODE B and does not frame, or nobody can tell. */
export class NotFramedError extends GrammarError {}

/** Holds what came, or what was stored, against the size that the server tells. */
export class FramingProof {
  readonly #surroundings: ProofSurroundings;

  constructor(surroundings: ProofSurroundings) {
    this.#surroundings = surroundings;
  }

  /** While bytes may still come: that many are all there are. */
  async isComplete(path: RemotePath, bytes: number, signal: AbortSignal): Promise<boolean> {
    if ((await this.#surroundings.sizeOf(path, signal)) === bytes) return true;
    return (await this.factOf(path, signal)) === bytes;
  }

  /** After the data has ended. The kept data connection may be gone afterwards. */
  async isWhole(path: RemotePath, bytes: number, signal: AbortSignal): Promise<boolean> {
    return (await this.#sizes(path, bytes, signal)).includes(bytes);
  }

  /** RFC 3659, 7.5.7: the size by MLST; `undefined` where the server has none. */
  async factOf(path: RemotePath, signal: AbortSignal): Promise<number | undefined> {
    const { pi } = this.#surroundings;
    return pi.features.has('MLST') ? (await entryOf(pi, path, signal))?.size : undefined;
  }

  /** One whole file in blocks, its size known, proves that the server frames. */
  async proveReceived(path: RemotePath, { bytes, raw }: Moved, signal: AbortSignal): Promise<void> {
    const sizes = await this.#sizes(path, bytes, signal);
    if (sizes.includes(bytes)) this.#surroundings.profile.framing.proved();
    // What tells neither the file with its headers nor without is wrong, or the file is growing: that
    // is no word on the framing.
    else if (sizes.length === 0 || sizes.includes(raw)) {
      throw new NotFramedError(`${bytes} bytes came of a file of ${sizes[0]}`);
    }
  }

  /** A server that does not frame stores the headers too; another one loses bytes of what it frames. */
  async proveStored(
    path: RemotePath,
    { bytes, raw, kind }: Moved & { readonly kind: SentKind },
    signal: AbortSignal,
  ): Promise<void> {
    const { profile, logger } = this.#surroundings;
    if (profile.framing.storesWhole.has(kind)) return;
    const sizes = await this.#sizes(path, bytes, signal);
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
    const { rungChoice, logger } = this.#surroundings;
    rungChoice.leaveBlockMode(error.message);
    logger.warn(`The server agreed to block mode and does not frame: ${error.message}`);
  }

  /** What the server tells of the size, asked until it tells the expected one. */
  async #sizes(
    path: RemotePath,
    expected: number,
    signal: AbortSignal,
  ): Promise<readonly number[]> {
    const { pi, dtp, sizeOf } = this.#surroundings;
    const size = await sizeOf(path, signal);
    if (size === expected) return [size];
    // One server's SIZE is wrong where its MLST is right (Waarp).
    const fact = await this.factOf(path, signal);
    if (fact === expected) return [fact];
    if (size === undefined || pi.parameters.mode === 'S') return present([size, fact]);
    // RFC 3659, 4: the size depends on MODE. Where the one under MODE B disagrees, ask under MODE S.
    dtp.dropKept();
    await pi.agree({ mode: 'S' }, signal);
    return present([await sizeOf(path, signal), fact]);
  }
}

function present(sizes: readonly (number | undefined)[]): readonly number[] {
  return sizes.filter((size) => size !== undefined);
}
