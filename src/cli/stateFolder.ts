import { join } from 'node:path';
import type { VerbParts } from './verb.ts';

/** Where each system keeps the files that programs make for their own use. */
export function stateFolder({
  environment,
  homeDirectory,
  platform,
}: Pick<VerbParts, 'environment' | 'homeDirectory' | 'platform'>): string {
  if (platform === 'win32') {
    return join(environment['LOCALAPPDATA'] ?? homeDirectory, 'portside');
  }
  if (platform === 'darwin') {
    return join(homeDirectory, 'Library', 'Application Support', 'portside');
  }
  const state = environment['XDG_STATE_HOME'];
  return join(state ? state : join(homeDirectory, '.local', 'state'), 'portside');
}
