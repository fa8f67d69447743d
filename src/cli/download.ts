import { basename, dirname, join, sep } from 'node:path';
import { joinPath, nameOf, type RemotePath, rootPath } from '../base/paths.ts';
import { forEachOf } from '../base/together.ts';
import type { StatEntry } from '../session/remoteFileSystem.ts';
import { Failure } from './failure.ts';
import { kindOf, makeFolder, makeFolders, writeWholeFile } from './localFiles.ts';
import { folded, whyNotLocalName } from './localNames.ts';
import type { RemoteAddress } from './remoteAddress.ts';
import type { Site } from './site.ts';
import type { Surroundings } from './surroundings.ts';
import type { Tally } from './tally.ts';

/** Where downloads go, and how. */
export interface Download {
  /** A local path, whole. */
  readonly to: string;
  /** What comes is put into `to`, and does not become it. */
  readonly into: boolean;
  readonly recursive: boolean;
  readonly tally: Tally;
  readonly surroundings: Pick<Surroundings, 'newId' | 'platform'>;
}

/** A file of the server and its place on this machine. */
interface FilePair {
  readonly remote: RemotePath;
  readonly local: string;
  readonly entry: StatEntry;
}

// Deeper than anybody builds; a server that always finds one more folder ends here.
const maxDepth = 128;

/** True when what `cp` would take for a folder is one already, or is to be made one. */
export async function isTargetFolder(
  path: string,
  given: string,
  sources: number,
): Promise<boolean> {
  const kind = await kindOf(path);
  if (kind === 'folder') return true;
  const meant = sources > 1 || given.endsWith('/') || given.endsWith(sep);
  if (!meant) return false;
  if (kind !== undefined) throw new Failure(`${path} is no folder.`);
  await makeFolders(path);
  return true;
}

/** Copies what an address names to this machine: a file, or a folder with everything in it. */
export async function download(site: Site, address: RemoteAddress, wish: Download): Promise<void> {
  const { tally, recursive } = wish;
  const path = await site.pathOf(address);
  await tally.attempt(site, async () => {
    const entry = await site.files.stat(path, { signal: site.signal, exact: true });
    const type = entry.type === 'symlink' ? entry.targetType : entry.type;
    if (type !== 'directory') return downloadNamed(site, { path, entry }, wish);
    if (!recursive) throw new Failure(`${path} is a folder: -r copies it with everything in it.`);
    // Where the address names no folder but the root or the login's own, its content is meant.
    const nameless = path === rootPath || address.path === undefined;
    const to = wish.into && !nameless ? placeFor(nameOf(path), wish) : wish.to;
    await makeFolders(dirname(to));
    await (nameless ? makeFolders(to) : makeFolderOrUse(to, wish));
    const { connections: atOnce, signal } = site;
    await forEachOf(filesBelow(site, path, to, wish), { atOnce, signal }, (pair) =>
      tally.attempt(site, () => downloadFile(site, pair, wish)),
    );
  });
}

async function makeFolderOrUse(to: string, { into }: Download): Promise<void> {
  // A folder that the user named may be a link of theirs; one that the server named may not.
  if (!into && (await kindOf(to)) === 'folder') return;
  await makeFolder(to);
}

async function downloadNamed(
  site: Site,
  { path, entry }: { readonly path: RemotePath; readonly entry: StatEntry },
  wish: Download,
): Promise<void> {
  const local = wish.into ? placeFor(nameOf(path), wish) : wish.to;
  await makeFolders(dirname(local));
  await downloadFile(site, { remote: path, local, entry }, wish);
}

function placeFor(name: string, { to, surroundings }: Download): string {
  const why = whyNotLocalName(name, surroundings.platform);
  if (why !== undefined) throw new Failure(`${name} cannot be a name on this machine: ${why}.`);
  return join(to, name);
}

async function downloadFile(
  { files, signal }: Site,
  { remote, local, entry }: FilePair,
  { surroundings }: Download,
): Promise<void> {
  // A LIST tells the time of the server's own zone, and not to the second: the file itself is asked.
  const exact =
    entry.type === 'file' && entry.precision === 'second'
      ? entry
      : await files.stat(remote, { signal, exact: true });
  await writeWholeFile(local, files.openRead(remote, { signal, lane: 'interactive' }), {
    modified: exact.modified,
    id: surroundings.newId(),
    signal,
  });
}

/** The files in a folder and below it; the local folders are made on the way. */
async function* filesBelow(
  site: Site,
  remote: RemotePath,
  local: string,
  wish: Download,
  depth = 1,
): AsyncGenerator<FilePair, void> {
  const names = new Map<string, string>();
  for (const entry of await entriesOf(site, remote, wish.tally)) {
    const from = joinPath(remote, entry.name);
    const why = whyNot(entry, names, wish);
    if (why !== undefined) {
      wish.tally.fail(`${from} was not copied: ${why}.`);
    } else if (entry.type === 'file') {
      yield { remote: from, local: join(local, entry.name), entry };
    } else if (entry.type !== 'directory') {
      const what = entry.type === 'symlink' ? 'a symbolic link' : 'no file and no folder';
      wish.tally.skip(`${from} was left out: it is ${what}.`);
    } else if (depth >= maxDepth) {
      wish.tally.fail(`${from} was not copied: it is more than ${maxDepth} folders deep.`);
    } else {
      const to = join(local, entry.name);
      const made = await wish.tally.attempt(site, () => makeFolder(to));
      if (made === 'done') yield* filesBelow(site, from, to, wish, depth + 1);
    }
  }
}

async function entriesOf(
  site: Site,
  folder: RemotePath,
  tally: Tally,
): Promise<readonly StatEntry[]> {
  let entries: readonly StatEntry[] = [];
  await tally.attempt(site, async () => {
    entries = await site.files.readDirectory(folder, { signal: site.signal });
  });
  return entries;
}

function whyNot(
  { name }: StatEntry,
  names: Map<string, string>,
  { surroundings: { platform } }: Download,
): string | undefined {
  const why = whyNotLocalName(name, platform);
  if (why !== undefined) return why;
  const same = folded(name, platform);
  const other = names.get(same);
  if (other !== undefined) return `${basename(other)} has the same name on this machine`;
  names.set(same, name);
  return undefined;
}
