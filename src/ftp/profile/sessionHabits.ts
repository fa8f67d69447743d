import type { RemotePath } from '../../base/paths.ts';
import type { ServerFeatures } from '../grammar/features.ts';
import type { Renames } from './renames.ts';
import { ServerClock } from './serverClock.ts';

// No user saves in more folders that refuse temporary names; forgetting one costs a refused STOR.
const maxFolders = 1_000;

/**
 * What one session has learnt of its server, so that the next save needs fewer questions. It lasts
 * as long as the session and is never remembered: it is about single folders and names, or would
 * let silence prove something, so each session learns it again.
 */
export class SessionHabits {
  /** What is known of RNFR and RNTO, beyond this session. */
  readonly renames: Readonly<Renames>;
  /** How far the server's clock is ahead of ours. */
  readonly clock: ServerClock = new ServerClock();
  /** The server tells the exact facts of one name: its silence about another then means something. */
  tellsEntries = false;
  /** Names that were listed with bytes in them which are none of the site's charset. */
  undecodableNames = 0;
  /** Whether it refuses to enter a folder that is not there: some gateways enter any. */
  enters: 'unknown' | 'any' | 'folders' = 'unknown';
  #distrustsEntries = false;
  readonly #noTemporaryNames = new Set<RemotePath>();

  constructor(renames: Readonly<Renames>) {
    this.renames = renames;
  }

  /** RFC 3659, 7.8 and 3.3: a server that offers MLST, or SIZE and MDTM, answers for single names. */
  learnFrom(features: ServerFeatures): void {
    const offers = features.has('MLST') || (features.has('SIZE') && features.has('MDTM'));
    if (offers) this.toldEntry();
  }

  /** The server has told the facts of a name. */
  toldEntry(): void {
    this.tellsEntries = !this.#distrustsEntries;
  }

  /** What the server answers for one name proves no file: from now on its answers prove nothing. */
  distrustsEntries(): void {
    this.#distrustsEntries = true;
    this.tellsEntries = false;
  }

  /** The server was asked to enter a folder that is not there. */
  triedToEnter(outcome: 'entered' | 'refused'): void {
    this.enters = outcome === 'entered' ? 'any' : 'folders';
  }

  /** That many names of a listing could not be decoded. */
  listedUndecodable(names: number): void {
    this.undecodableNames += names;
  }

  /** True for a folder whose files can only be written under their own names. */
  refusesTemporaryNames(folder: RemotePath): boolean {
    return this.renames.temporaryNames === 'useless' || this.#noTemporaryNames.has(folder);
  }

  /** The folder has refused a temporary name, or to give such a file the name of another one. */
  temporaryNameRefused(folder: RemotePath): void {
    if (this.#noTemporaryNames.size >= maxFolders) this.#noTemporaryNames.clear();
    this.#noTemporaryNames.add(folder);
    this.renames.temporaryNameRefused();
  }

  /** It took one after all, or nothing could be written either way. */
  forgetRefusal(folder: RemotePath): void {
    this.#noTemporaryNames.delete(folder);
  }
}
