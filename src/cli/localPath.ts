import { resolve } from 'node:path';
import type { VerbParts } from './verb.ts';

/**
 * A path as the user means it. npm runs scripts in the project's folder and tells in INIT_CWD in which
 * folder the user was. Other programs that npm runs inherit INIT_CWD, but there it means nothing.
 */
export function localPath(
  path: string,
  { environment, workingDirectory }: Pick<VerbParts, 'environment' | 'workingDirectory'>,
): string {
  const runBy = environment['npm_lifecycle_event'] ?? 'portside';
  const start = runBy === 'portside' ? environment['INIT_CWD'] : undefined;
  return resolve(start ?? workingDirectory, path);
}
