import { raceAbort } from '../../base/abort.ts';
import { nameOf, parentOf, type RemotePath } from '../../base/paths.ts';
import { ReplyError } from '../errors.ts';
import type { ServerProfile } from '../profile/serverProfile.ts';
import type { EngineParts } from './engineParts.ts';
import type { TransferOrder } from './transferOrder.ts';

/** How a path is written in a command. */
export type Spelling = (path: RemotePath) => string;

type Act<T> = (spell: Spelling) => Promise<T>;

const whole: Spelling = (path) => path;

/**
 * Says commands about a path. RFC 959, 5.3.2, leaves open what a pathname looks like: some servers
 * take only the names of the folder that the user stands in. Which it is, is learnt when a whole path
 * is refused.
 */
export class Pathnames {
  readonly #parts: EngineParts;
  /** The order of the transfers: no other command leaves the folder while a name is said in it. */
  readonly #order: TransferOrder;

  constructor(parts: EngineParts, order: TransferOrder) {
    this.#parts = parts;
    this.#order = order;
  }

  /** Acts at once, where it is not known that the folder must be entered first. */
  async about<T>(path: RemotePath, signal: AbortSignal, act: Act<T>): Promise<T> {
    const inFolder = (): Promise<T> => this.#inTurn(path, signal, act);
    return await byPathOrName(this.#parts.profile, () => act(whole), inFolder);
  }

  /** The same for a caller that has the turn: for the questions in the middle of a transfer. */
  async inMyTurn<T>(path: RemotePath, signal: AbortSignal, act: Act<T>): Promise<T> {
    return this.#parts.profile.pathnames.argument === 'names'
      ? await this.#inside(path, signal, act)
      : await act(whole);
  }

  async #inTurn<T>(path: RemotePath, signal: AbortSignal, act: Act<T>): Promise<T> {
    const turn = this.#order.enter();
    try {
      await raceAbort(turn.mine, signal);
      return await this.#inside(path, signal, act);
    } finally {
      turn.leave();
    }
  }

  async #inside<T>(path: RemotePath, signal: AbortSignal, act: Act<T>): Promise<T> {
    const { pi } = this.#parts;
    const folder = parentOf(path);
    // PWD is asked before the first CWD, and the CWD is awaited: in another folder the name would
    // mean another file.
    await pi.workingDirectory(signal);
    await pi.enter(folder, signal);
    return await act((path) => (parentOf(path) === folder ? nameOf(path) : path));
  }
}

/** True for a refusal that may be about a path as such, and not about what is there. */
export function mayMeanThePath(error: unknown): boolean {
  if (!(error instanceof ReplyError) || error.command.argument?.includes('/') !== true)
    return false;
  // RFC 959, 4.2.2: 553 "file name not allowed", 501 and 504 of arguments. 550 says that nothing is
  // there, nearly always truly.
  return [501, 504, 553].includes(error.reply.code);
}

/**
 * Acts by the whole path, or by the name in its folder where the server is known to take no other.
 * Which it is, is learnt when a whole path is refused.
 */
export async function byPathOrName<T>(
  profile: ServerProfile,
  byPath: () => Promise<T>,
  byName: () => Promise<T>,
): Promise<T> {
  if (profile.pathnames.argument === 'names') return await byName();
  try {
    const value = await byPath();
    // Where nothing is told, the path may have been the reason.
    if (value !== undefined) profile.pathnames.takesPaths();
    return value;
  } catch (error) {
    if (profile.pathnames.argument !== 'unknown' || !mayMeanThePath(error)) throw error;
    const value = await byName().catch(() => {
      throw error;
    });
    profile.pathnames.takesNames();
    return value;
  }
}
