import { resolve } from 'node:path';
import type { Surroundings } from './surroundings.ts';

/**
 * A path as the user means it: npm runs scripts in the project's folder and says in INIT_CWD where
 * the user stood. Whatever else npm runs passes that on, and it means nothing there.
 */
export function localPath(
  path: string,
  { environment, workingDirectory }: Pick<Surroundings, 'environment' | 'workingDirectory'>,
): string {
  const runBy = environment['npm_lifecycle_event'] ?? 'portside';
  const start = runBy === 'portside' ? environment['INIT_CWD'] : undefined;
  return resolve(start ?? workingDirectory, path);
}
