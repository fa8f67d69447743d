import { raceAbort } from '../../base/abort.ts';
import { nameOf, parentOf, type RemotePath } from '../../base/paths.ts';
import type { UserPI } from '../control/userPI.ts';
import { ReplyError } from '../errors.ts';
import type { Charset } from '../grammar/charset/charset.ts';
import type { IacForm } from '../grammar/command.ts';
import { GrammarError } from '../grammar/grammarError.ts';
import { IAC } from '../grammar/telnet.ts';
import type { ServerProfile } from '../profile/serverProfile.ts';
import type { EngineParts } from './engineParts.ts';

/** How a path is written in a command. */
export type Spelling = (path: RemotePath) => string;

type Act<T> = (spell: Spelling) => Promise<T>;

/** The order of the transfers: no other command leaves the folder while a name is said in it. */
interface Order {
  enter(): { readonly mine: Promise<void>; leave(): void };
}

const whole: Spelling = (path) => path;

/**
 * Sends commands about a path in the form that this server understands. RFC 959, 5.3.2, leaves open
 * what a pathname looks like: some servers take only names in the working directory, which shows when
 * they refuse a whole path. How a byte 255 is sent differs too, and is asked before the first one.
 */
export class Pathnames {
  readonly #parts: EngineParts;
  readonly #order: Order;
  #learning: Promise<void> | undefined;

  constructor(parts: EngineParts, order: Order) {
    this.#parts = parts;
    this.#order = order;
  }

  /** Acts at once, but for the first path with a byte 255 in it: how that is sent must be known. */
  whenSendable<T>(
    paths: readonly RemotePath[],
    signal: AbortSignal,
    act: () => Promise<T>,
  ): Promise<T> {
    const { options, pi, profile } = this.#parts;
    const { charset } = options;
    const { iac } = profile.pathnames;
    const isKnown = iac !== undefined || !paths.some((path) => holdsIac(path, charset));
    if (iac) pi.control.iac = iac;
    // What is asked meanwhile stays behind the question: a file's bytes may wait for the answer to an
    // earlier command.
    if (isKnown && !this.#learning) return act();
    this.#learning ??= this.#learnIac(signal).finally(() => (this.#learning = undefined));
    return this.#learning.then(act);
  }

  /** Acts at once, unless the folder of the first path must be entered before. */
  about<T>(
    paths: readonly [RemotePath, ...RemotePath[]],
    signal: AbortSignal,
    act: Act<T>,
  ): Promise<T> {
    const inFolder = (): Promise<T> => this.#inTurn(paths[0], signal, act);
    return this.whenSendable(paths, signal, () =>
      byPathOrName(this.#parts.profile, () => act(whole), inFolder),
    );
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

  async #learnIac(signal: AbortSignal): Promise<void> {
    const { options, pi, profile } = this.#parts;
    // PWD is asked before the first CWD.
    await pi.workingDirectory(signal);
    // Where the answers tell nothing, the standard holds.
    const form = (await askIacForm(pi, options.charset, signal)) ?? 'twice';
    pi.control.iac = profile.pathnames.sendsIac(form);
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
    const isNew = profile.pathnames.argument !== 'paths';
    if (value !== undefined && isNew) profile.pathnames.takesPaths();
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

// RFC 854: the data mark of a Synch that is over; a Telnet peer passes it over.
const dataMark = 242;

/**
 * How this server wants a byte 255 in a pathname. RFC 959, 2.3, has Telnet on the control connection,
 * where it is sent twice: so ProFTPD and the ftpds of BSD. vsftpd 3.0.3 and Pure-FTPd 1.0.50 take
 * every byte as it comes. The root folder is entered with a Telnet command in its name: only the
 * first kind finds it. Nothing on the server changes but the working directory.
 */
async function askIacForm(
  { control }: UserPI,
  charset: Charset,
  signal: AbortSignal,
): Promise<IacForm | undefined> {
  const plain = await control.exchange({ verb: 'CWD', argument: '/' }, { signal });
  if (plain.replyClass !== 'completion') return undefined;
  const argument = charset.decode(Uint8Array.of(0x2f, IAC, dataMark));
  const marked = await control.exchange({ verb: 'CWD', argument, iac: 'once' }, { signal });
  if (marked.replyClass === 'completion') return 'twice';
  return marked.replyClass === 'permanentNegative' ? 'once' : undefined;
}

/** True when the path cannot be sent without knowing that form. */
function holdsIac(path: string, charset: Charset): boolean {
  // UTF-8 has no such byte; this letter stands for one that is no UTF-8.
  if (charset.name === 'utf-8') return path.includes('\uEFFF');
  try {
    return /[^\0-\x7f]/.test(path) && charset.encode(path).includes(IAC);
  } catch (error) {
    // The caller hears of it when the path is sent.
    if (error instanceof GrammarError) return false;
    throw error;
  }
}
