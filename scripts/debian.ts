// Fetching what a bare Debian lacks. Nothing here is needed where the program is already installed.
import { access, constants } from 'node:fs/promises';
import { environmentWith, runQuietly } from './childProcess.ts';

/** True where `apt-get` stands and we may use it: as root. */
export async function mayInstallPackages(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  return access('/usr/bin/apt-get', constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Installs Debian packages; rejects with what apt wrote where that fails. */
export async function installPackages(
  packages: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const install = ['install', '--yes', '--no-install-recommends', ...packages];
  if ((await apt(install, signal)).code === 0) return;
  // A fresh machine has no package lists, an old one has stale ones. The exit code of the update does
  // not matter: it is non-zero as soon as any source, needed or not, is out of reach.
  await apt(['update'], signal);
  const { code, output } = await apt(install, signal);
  if (code !== 0) throw new Error(`apt-get could not install ${packages.join(', ')}:\n${output}`);
}

function apt(
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly code: number; readonly output: string }> {
  const env = environmentWith({ DEBIAN_FRONTEND: 'noninteractive' });
  return runQuietly('apt-get', args, { env, signal });
}
