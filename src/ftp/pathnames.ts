import { raceAbort } from '../base/abort.ts';
import { nameOf, parentOf, type RemotePath } from '../base/paths.ts';
import { byPathOrName } from './control/refusedPath.ts';
import type { UserPI } from './control/userPI.ts';
import type { TransferOrder } from './data/transferOrder.ts';
import type { ServerProfile } from './profile/serverProfile.ts';

interface Parts {
  readonly pi: UserPI;
  readonly profile: ServerProfile;
  /** Those of the transfers: what they say in a folder is said while nobody leaves it. */
  readonly turns: TransferOrder;
}

/** How a path is written in a command. */
export type Spelling = (path: RemotePath) => string;

type Act<T> = (spell: Spelling) => Promise<T>;

const whole: Spelling = (path) => path;

/**
 * Says commands about a path. RFC 959, 5.3.2, leaves open what a pathname looks like: some servers
 * take the names of the folder one stands in, and no other. Which it is, is learnt when a whole path
 * is refused.
 */
export class Pathnames {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Acts at once, where it is not known that the folder must be entered first. */
  async about<T>(path: RemotePath, signal: AbortSignal, act: Act<T>): Promise<T> {
    const inFolder = (): Promise<T> => this.#inTurn(path, signal, act);
    return await byPathOrName(this.#parts.profile, () => act(whole), inFolder);
  }

  /** The same for whoever has the turn: for the questions in the middle of a transfer. */
  async inMyTurn<T>(path: RemotePath, signal: AbortSignal, act: Act<T>): Promise<T> {
    return this.#parts.profile.pathnames.argument === 'names'
      ? await this.#inside(path, signal, act)
      : await act(whole);
  }

  async #inTurn<T>(path: RemotePath, signal: AbortSignal, act: Act<T>): Promise<T> {
    const turn = this.#parts.turns.enter();
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
    // PWD is asked before the first CWD, and that is awaited: a name alone means another file in
    // another folder.
    await pi.workingDirectory(signal);
    await pi.enter(folder, signal);
    return await act((path) => (parentOf(path) === folder ? nameOf(path) : path));
  }
}
