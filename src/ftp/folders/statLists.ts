import { raceAbort } from '../../base/abort.ts';
import type { RemotePath } from '../../base/paths.ts';
import type { TransferParts } from '../data/runningTransfer.ts';
import { FtpTimeoutError, ProtocolError } from '../errors.ts';
import type { Reply } from '../grammar/reply.ts';
import { isPlainPath, parseStatReply, type StatListing } from '../grammar/replyTexts.ts';
import type { StatTrust } from '../profile/statTrust.ts';

/** Lists folders by STAT, without a data connection. */
export class StatLists {
  readonly #parts: TransferParts;
  readonly #trust: StatTrust;

  constructor(parts: TransferParts) {
    this.#parts = parts;
    this.#trust = parts.profile.stat;
  }

  /**
   * What the server shows of a folder, hidden files too where it can; `undefined` where it shows
   * nothing that could be a listing. A folder that cannot be entered is a `ReplyError`.
   */
  async list(folder: RemotePath, signal: AbortSignal): Promise<StatListing | undefined> {
    const trust = this.#trust;
    try {
      // One command less, where nobody can take the path for a pattern, an option or two names. A
      // file and a link to a folder are listed themselves then, and what is not there is empty.
      const mayBeDirect = trust.takesOptions !== 'no' && trust.showsItself !== 'no';
      if (mayBeDirect && isPlainPath(folder)) {
        const direct = await this.#directly(folder, signal);
        if (direct?.showsItself) return this.#noted(direct, 'yes');
      }
      return await this.#inside(folder, signal);
    } catch (error) {
      // A name with a line break ends the reply where it likes, and we are out of step.
      if (error instanceof ProtocolError || error instanceof FtpTimeoutError) {
        trust.refused();
      }
      throw error;
    }
  }

  async #inside(folder: RemotePath, signal: AbortSignal): Promise<StatListing | undefined> {
    const { pi } = this.#parts;
    const trust = this.#trust;
    await pi.workingDirectory(signal);
    if (trust.takesOptions === 'no') return await this.#standingIn(folder, '.', signal);
    const all = await this.#standingIn(folder, '-a .', signal);
    if (all?.showsItself) return this.#noted(all, 'yes');
    if (trust.takesOptions === 'yes') return all;
    // Nothing is hidden from whoever shows all; and who has looked for a file "-a ." shows nothing.
    const plain = await this.#standingIn(folder, '.', signal);
    if (!plain) return all;
    if (plain.lines.length > 0) {
      return this.#noted(plain, all && all.lines.length > 0 ? 'yes' : 'no');
    }
    return plain;
  }

  #noted(listing: StatListing, takesOptions: 'yes' | 'no'): StatListing {
    this.#trust.listed(takesOptions, listing);
    return listing;
  }

  async #directly(folder: RemotePath, signal: AbortSignal): Promise<StatListing | undefined> {
    const { told } = await this.#inTurn(signal, () => ({
      told: this.#ask(`-a ${folder}`, signal),
    }));
    return parseStatReply(await told);
  }

  async #standingIn(
    folder: RemotePath,
    argument: string,
    signal: AbortSignal,
  ): Promise<StatListing | undefined> {
    const { pi } = this.#parts;
    const { entered, told } = await this.#inTurn(signal, () => ({
      // Not awaited: both are queued at once, and no CWD of anybody else comes between.
      entered: pi.say({ verb: 'CWD', argument: folder }, { signal }),
      told: this.#ask(argument, signal),
    }));
    const [inside, reply] = await Promise.allSettled([entered, told]);
    if (inside.status === 'rejected') throw inside.reason;
    if (reply.status === 'rejected') throw reply.reason;
    return parseStatReply(reply.value);
  }

  #ask(argument: string, signal: AbortSignal): Promise<Reply> {
    return this.#parts.pi.control.exchange({ verb: 'STAT', argument }, { signal });
  }

  // What is queued keeps its place: nobody has to wait for the replies.
  async #inTurn<T>(signal: AbortSignal, queue: () => T): Promise<T> {
    const turn = this.#parts.order.enter();
    try {
      await raceAbort(turn.mine, signal);
      return queue();
    } finally {
      turn.leave();
    }
  }
}
