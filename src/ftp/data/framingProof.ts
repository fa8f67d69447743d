import type { Logger } from '../../base/logger.ts';
import type { RemotePath } from '../../base/paths.ts';
import type { UserPI } from '../control/userPI.ts';
import { TransferError } from '../errors.ts';
import type { ServerProfile } from '../profile/serverProfile.ts';
import { GrammarError } from '../grammar/grammarError.ts';
import type { Footing } from './footing.ts';
import type { UserDTP } from './userDTP.ts';

/** RFC 3659, 4: the size that RETR would send; `undefined` where the server has none. */
export type SizeOf = (path: RemotePath, signal: AbortSignal) => Promise<number | undefined>;

export interface ProofSurroundings {
  readonly pi: UserPI;
  readonly dtp: UserDTP;
  readonly profile: ServerProfile;
  readonly footing: Footing;
  readonly logger: Logger;
  readonly sizeOf: SizeOf;
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
    return (await this.#surroundings.sizeOf(path, signal)) === bytes;
  }

  /** After the data has ended. The kept data connection may be gone afterwards. */
  async isWhole(path: RemotePath, bytes: number, signal: AbortSignal): Promise<boolean> {
    return (await this.#trueSize(path, bytes, signal)) === bytes;
  }

  /** One whole file in blocks, its size known, proves that the server frames. */
  async proveReceived(path: RemotePath, bytes: number, signal: AbortSignal): Promise<void> {
    const size = await this.#trueSize(path, bytes, signal);
    if (size !== bytes) throw new NotFramedError(`${bytes} bytes came of a file of ${size}`);
    this.#surroundings.profile.framing = 'proved';
  }

  /** A server that does not frame stores the headers too. */
  async proveStored(path: RemotePath, bytes: number, signal: AbortSignal): Promise<void> {
    const { profile, sizeOf } = this.#surroundings;
    if (profile.framing === 'proved') return;
    const size = await sizeOf(path, signal);
    if (size === bytes) profile.framing = 'proved';
    if (size === undefined || size <= bytes) return;
    const error = new NotFramedError(`${bytes} bytes were stored as ${size}`);
    this.disprove(error);
    throw new TransferError(error.message, { bytes, remedy: 'retry', cause: error });
  }

  /** Block mode is left for the whole site. */
  disprove(error: NotFramedError): void {
    const { footing, logger } = this.#surroundings;
    footing.leaveBlockMode(error.message);
    logger.warn(`The server agreed to block mode and does not frame: ${error.message}`);
  }

  // RFC 3659, 4: the size depends on MODE. Where the one under MODE B disagrees, ask under MODE S.
  async #trueSize(
    path: RemotePath,
    expected: number,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { pi, dtp, sizeOf } = this.#surroundings;
    const size = await sizeOf(path, signal);
    if (size === expected || pi.parameters.mode === 'S') return size;
    dtp.dropKept();
    await pi.agree({ mode: 'S' }, signal);
    return await sizeOf(path, signal);
  }
}
