import type { RemotePath } from '../base/paths.ts';
import type { FtpConnection } from '../ftp/ftpConnection.ts';

// Nobody saves in more folders that refuse new names; forgetting one costs a refused STOR.
const maxFolders = 1_000;

/** What this server has taught, so that the next save goes straight its way. */
export class ServerHabits {
  /** Whether RNTO replaces a file that is there: POSIX servers do, IIS refuses. */
  renameOver: 'untried' | 'refused' = 'untried';
  #tellsEntries: 'unknown' | 'yes' | 'never' = 'unknown';
  /** Names that were listed with bytes in them which are none of the site's charset. */
  undecodableNames = 0;
  /** Whether it refuses to enter a folder that is not there: some gateways enter any. */
  enters: 'unknown' | 'any' | 'folders' = 'unknown';
  readonly #noNewNames = new Set<RemotePath>();

  /** It tells the exact facts of one name: its silence about another then means something. */
  get tellsEntries(): boolean {
    return this.#tellsEntries === 'yes';
  }

  /** RFC 3659, 7.8 and 3.3: who offers MLST, or SIZE and MDTM, answers for single names. */
  learnFrom(features: FtpConnection['features']): void {
    const offers = features.has('MLST') || (features.has('SIZE') && features.has('MDTM'));
    if (offers) this.noteEntry();
  }

  /** It has told the facts of a name. */
  noteEntry(): void {
    if (this.#tellsEntries === 'unknown') this.#tellsEntries = 'yes';
  }

  /** What it answers for one name proves no file: nothing can be concluded from it, ever. */
  distrustEntries(): void {
    this.#tellsEntries = 'never';
  }

  /** True for a folder whose files can only be written under their own names. */
  takesNoNewNames(folder: RemotePath): boolean {
    return this.#noNewNames.has(folder);
  }

  /** The folder has refused a neighbour. */
  noteNoNewNames(folder: RemotePath): void {
    if (this.#noNewNames.size >= maxFolders) this.#noNewNames.clear();
    this.#noNewNames.add(folder);
  }

  /** It took one after all, or nothing could be written either way. */
  forgetNoNewNames(folder: RemotePath): void {
    this.#noNewNames.delete(folder);
  }
}
