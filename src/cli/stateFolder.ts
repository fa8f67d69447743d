import { join } from 'node:path';
import type { Surroundings } from './surroundings.ts';

/** Where each system keeps what programs make for themselves and users do not look after. */
export function stateFolder({
  environment,
  homeDirectory,
  platform,
}: Pick<Surroundings, 'environment' | 'homeDirectory' | 'platform'>): string {
  if (platform === 'win32') {
    return join(environment['LOCALAPPDATA'] ?? homeDirectory, 'portside');
  }
  if (platform === 'darwin') {
    return join(homeDirectory, 'Library', 'Application Support', 'portside');
  }
  const state = environment['XDG_STATE_HOME'];
  return join(state ? state : join(homeDirectory, '.local', 'state'), 'portside');
}
