// Folders that live as long as the scope that made them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder in the system's temporary folder. Disposing it removes it with all that it holds. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

/** Makes a temporary folder. The caller disposes it, once every program that writes to it has ended. */
export async function makeTemporaryFolder(name: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), `portside-${name}-`));
  return {
    path,
    // Retries, because a process that was just killed may have written a last file.
    [Symbol.asyncDispose]: () =>
      rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}
