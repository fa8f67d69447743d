// Finding programs, as a shell would.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const windowsEndings = ['.cmd', '.exe', '.bat'];

/** The first of these names that stands on the PATH and may be run. */
export function findOnPath(...names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const endings = process.platform === 'win32' ? windowsEndings : [''];
  return names
    .flatMap((name) => folders.flatMap((folder) => endings.map((end) => join(folder, name + end))))
    .find(isProgram);
}

/** True for a file that may be run. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** How npm is called: the npm that runs this script, else the one on the PATH. */
export function npmCommand(): readonly [string, ...string[]] {
  const own = process.env['npm_execpath'];
  return own?.endsWith('npm-cli.js') ? [process.execPath, own] : ['npm'];
}
