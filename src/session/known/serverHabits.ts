import type { RemotePath } from '../../base/paths.ts';
import type { FtpConnection } from '../../ftp/ftpConnection.ts';
import { ServerProfile } from '../../ftp/profile/serverProfile.ts';

// More folders that refuse temporary files are not met; forgetting one costs a refused STOR.
const maxFolders = 1_000;

/**
 * What this server has taught a session, so that the next save goes straight its way. All of it is
 * about its folders and names, or would let silence prove something: it is learnt anew each time.
 */
export class ServerHabits {
  readonly #profile: ServerProfile;
  #tellsEntries: 'unknown' | 'yes' | 'never' = 'unknown';
  /** Names that were listed with bytes in them which are none of the site's charset. */
  undecodableNames = 0;
  /** Whether it refuses to enter a folder that is not there: some gateways enter any. */
  enters: 'unknown' | 'any' | 'folders' = 'unknown';
  readonly #noTemporaryFiles = new Set<RemotePath>();

  constructor(profile: ServerProfile = new ServerProfile([])) {
    this.#profile = profile;
    profile.renames.sessionBegins();
  }

  /** What is known of its RNFR and RNTO, beyond this session. */
  get renames(): ServerProfile['renames'] {
    return this.#profile.renames;
  }

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
  takesNoTemporaryFile(folder: RemotePath): boolean {
    return this.renames.temporaryFiles === 'useless' || this.#noTemporaryFiles.has(folder);
  }

  /** The folder has refused a temporary file, or to give one the name of a file. */
  noteNoTemporaryFile(folder: RemotePath): void {
    if (this.#noTemporaryFiles.size >= maxFolders) this.#noTemporaryFiles.clear();
    this.#noTemporaryFiles.add(folder);
    this.renames.temporaryFileRefused();
  }

  /** It took one after all, or nothing could be written either way. */
  forgetNoTemporaryFile(folder: RemotePath): void {
    this.#noTemporaryFiles.delete(folder);
  }
}
