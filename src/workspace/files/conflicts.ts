import type { RemotePath } from '../../base/paths.ts';
import type {
  Expected,
  FileIdentity,
  FileOptions,
  RemoteFileSystem,
} from '../../session/remoteFileSystem.ts';
import type { Questions } from '../questions.ts';
import type { Site } from '../sites/site.ts';

/** The user was asked and kept what is on the server. */
export class KeptServersFileError extends Error {
  override readonly name = 'KeptServersFileError';
  constructor(path: RemotePath) {
    super(`${path} was not saved: the file on the server has changed, and you chose to keep it`);
  }
}

/** The user wants to see both before deciding. */
export class ComparingError extends Error {
  override readonly name = 'ComparingError';
  readonly found: FileIdentity;
  constructor(path: RemotePath, found: FileIdentity) {
    super(
      `${path} is not saved yet: the file on the server has changed. ` +
        "Choose Use Mine or Use the Server's in the title of the comparison",
    );
    this.found = found;
  }
}

/** A whole file to be written over nothing but what is expected to be there. */
export interface GuardedWrite {
  readonly site: Site;
  readonly files: RemoteFileSystem;
  readonly path: RemotePath;
  readonly content: Uint8Array;
  readonly create: boolean;
  readonly overwrite: boolean;
  readonly expected: Expected;
}

/**
 * Writes a file, and asks the user when another one is there than expected. A yes holds for exactly
 * the file that was shown: when that has changed meanwhile, the user is asked again.
 */
export async function writeOrAsk(
  write: GuardedWrite,
  questions: Questions,
  options: FileOptions,
): Promise<FileIdentity> {
  const { site, files, path, content, overwrite } = write;
  let { create, expected } = write;
  for (;;) {
    const whole = (): readonly Uint8Array[] => [content];
    const outcome = await files.writeFile(path, whole, { ...options, create, overwrite, expected });
    if (outcome.kind === 'written') return outcome.identity;
    const { found } = outcome;
    const choice = await questions.conflict({ site, path, held: expected, found });
    if (choice === 'compare' && found !== 'absent') throw new ComparingError(path, found);
    if (choice !== 'overwrite') throw new KeptServersFileError(path);
    expected = found;
    create ||= found === 'absent';
  }
}
