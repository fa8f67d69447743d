import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { environmentWith, runQuietly } from '../../../scripts/childProcess.ts';
import { mayInstallPackages } from '../../../scripts/debian.ts';
import { cacheFolder } from '../../../scripts/paths.ts';

/** Debian packages, unpacked into a folder that looks like `/`. Nothing is installed. */
export interface UnpackedPackages {
  readonly root: string;
  /** The folders with their shared libraries, for LD_LIBRARY_PATH. */
  readonly libraryFolders: readonly string[];
  /** Of each package in it, the version as Debian has it. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Why Debian packages cannot be had here; `undefined` where they can. */
export async function whyNoDebianPackages(): Promise<string | undefined> {
  return (await mayInstallPackages())
    ? undefined
    : 'real servers are unpacked from Debian packages, which takes root and apt-get';
}

/** One package with what it needs; see `unpackPackages`. */
export function unpackPackage(name: string, signal: AbortSignal): Promise<UnpackedPackages> {
  return unpackPackages([name], signal);
}

const versionsFile = 'versions.json';

/**
 * Downloads packages with whatever they need and this machine lacks, and unpacks it all; what was
 * unpacked before is used again. Servers conflict with one another in apt, so each has a folder of
 * its own and none is installed.
 */
export async function unpackPackages(
  names: readonly string[],
  signal: AbortSignal,
): Promise<UnpackedPackages> {
  const packages = join(cacheFolder, 'packages');
  const root = join(packages, names.join('+'));
  if (!(await exists(root))) {
    await mkdir(packages, { recursive: true });
    const making = await mkdtemp(`${root}.`);
    try {
      await downloadAndUnpack(names, making, signal);
      await rename(join(making, 'root'), root);
    } catch (error) {
      // Somebody else may have been faster, and that is as good.
      if (!(await exists(root))) throw error;
    } finally {
      await rm(making, { recursive: true, force: true });
    }
  }
  const versions: Record<string, string> = JSON.parse(
    await readFile(join(root, versionsFile), 'utf8'),
  );
  return { root, libraryFolders: await libraryFolders(root), versions };
}

async function downloadAndUnpack(
  names: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await download(names, folder, signal);
  } catch {
    // A fresh machine has no package lists, and an old one has lists of packages that are no more.
    // The exit code says nothing: it is non-zero as soon as one unneeded source is out of reach.
    await runQuietly('apt-get', ['update'], { signal });
    await download(names, folder, signal);
  }
  const archives = (await readdir(folder)).filter((file) => file.endsWith('.deb'));
  for (const archive of archives) {
    await succeed('dpkg', ['-x', archive, 'root'], folder, signal);
  }
  // "vsftpd_3.0.3-13+b2_amd64.deb"; a colon stands as %3a.
  const versions = archives.map((archive) => archive.split('_').map(decodeURIComponent));
  await writeFile(
    join(folder, 'root', versionsFile),
    JSON.stringify(Object.fromEntries(versions.map(([name, version]) => [name, version]))),
  );
}

async function download(
  names: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const plan = ['install', '--simulate', '--no-install-recommends', ...names];
  const planned = await succeed('apt-get', plan, folder, signal);
  // "Inst libwrap0 (7.6.q-32 Debian:12 [amd64])" for each that is missing; an installed server is
  // not among them, and is unpacked all the same.
  const missing = [...planned.matchAll(/^Inst (\S+)/gm)].map(([, missing = '']) => missing);
  await succeed('apt-get', ['download', ...new Set([...names, ...missing])], folder, signal);
}

async function succeed(
  file: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<string> {
  const env = environmentWith({ LC_ALL: 'C' });
  const { code, output } = await runQuietly(file, args, { cwd, env, signal });
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} failed:\n${output}`);
  return output;
}

// Libraries stand in a folder named for the machine, as in /usr/lib/x86_64-linux-gnu.
async function libraryFolders(root: string): Promise<readonly string[]> {
  const folders: string[] = [];
  for (const parent of [join(root, 'usr/lib'), join(root, 'lib')]) {
    const names = await readdir(parent).catch(() => []);
    const triplets = names.filter((name) => name.includes('-linux-gnu'));
    folders.push(...triplets.map((triplet) => join(parent, triplet)));
  }
  return folders;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
