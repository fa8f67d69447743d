import { basename, join } from 'node:path';
import { isEntryName, joinPath, parentOf, type RemotePath } from '../base/paths.ts';
import { forEachOf } from '../base/together.ts';
import { makeFolders } from '../session/makeFolders.ts';
import { readNeighbourName } from '../session/neighbours.ts';
import { RemoteFileError } from '../session/remoteFileError.ts';
import { Failure } from './failure.ts';
import { factsOf, fileSource, kindOf, listFolder } from './localFiles.ts';
import type { RemoteAddress } from './remoteAddress.ts';
import type { Site } from './site.ts';
import type { Tally } from './tally.ts';

/** Where uploads go, and how. */
export interface Upload {
  readonly to: RemotePath;
  /** What is sent is put into `to`, and does not become it. */
  readonly into: boolean;
  readonly recursive: boolean;
  readonly tally: Tally;
}

/** A file or folder of this machine: its path, whole, and the name that it has on the server. */
export interface LocalSource {
  readonly path: string;
  /** Left out: the content of the folder is meant ("."). */
  readonly name: string | undefined;
}

interface FilePair {
  readonly local: string;
  readonly remote: RemotePath;
}

/** What a local argument means: "." and ".." name a folder's content. */
export function localSource(given: string, path: string): LocalSource {
  return { path, name: ['.', '..'].includes(basename(given)) ? undefined : basename(path) };
}

/** True when what `cp` would take for a folder is one already, or is to be made one. */
export async function isRemoteFolder(
  { files, signal }: Site,
  { path, isFolder }: RemoteAddress,
  sources: number,
): Promise<boolean> {
  if (isFolder || sources > 1 || path === undefined) return true;
  try {
    const entry = await files.stat(path, { signal });
    return (entry.type === 'symlink' ? entry.targetType : entry.type) === 'directory';
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Copies a file, or a folder with everything in it, to the server. */
export async function upload(site: Site, source: LocalSource, wish: Upload): Promise<void> {
  const { tally, recursive, into } = wish;
  const { path, name } = source;
  const { signal } = site;
  await tally.attempt(site, async () => {
    const kind = await kindOf(path);
    if (kind === undefined) throw new Failure(`${path} does not exist.`);
    if (kind === 'other') throw new Failure(`${path} is no file and no folder.`);
    const to = into && name !== undefined ? remotePlace(wish.to, name, path) : wish.to;
    if (kind === 'file') {
      await makeFolders(site.files, parentOf(to), { signal });
      await uploadFile(site, { local: path, remote: to });
      return;
    }
    if (!recursive) throw new Failure(`${path} is a folder: -r copies it with everything in it.`);
    await makeFolders(site.files, to, { signal });
    await forEachOf(
      filesBelow(site, path, to, tally),
      { atOnce: site.connections, signal },
      (pair) => tally.attempt(site, () => uploadFile(site, pair)),
    );
  });
}

async function uploadFile({ files, signal }: Site, { local, remote }: FilePair): Promise<void> {
  const outcome = await files.writeFile(remote, fileSource(local), {
    signal,
    create: true,
    overwrite: true,
  });
  // Without an expectation whatever is there gives way.
  if (outcome.kind === 'conflict') throw new Failure(`${remote} was not written.`);
}

/** The files in a folder and below it; the remote folders are made on the way. */
async function* filesBelow(
  site: Site,
  local: string,
  remote: RemotePath,
  tally: Tally,
): AsyncGenerator<FilePair, void> {
  const { signal } = site;
  for (const { name, kind } of await entriesOf(site, local, tally)) {
    const from = join(local, name);
    if (kind === 'leftOver') {
      const said = `${from}${await factsOf(from)} was left out: it holds what a download of`;
      tally.skip(`${said} ${readNeighbourName(name)?.file ?? name} left or is receiving.`);
    } else if (kind === 'link' || kind === 'other') {
      const what = kind === 'link' ? 'a symbolic link' : 'no file and no folder';
      tally.skip(`${from} was left out: it is ${what}.`);
    } else if (!isEntryName(name)) {
      tally.fail(`${from} was not copied: its name holds a line break.`);
    } else if (kind === 'file') {
      yield { local: from, remote: joinPath(remote, name) };
    } else {
      const to = joinPath(remote, name);
      const made = await tally.attempt(site, () => makeFolders(site.files, to, { signal }));
      if (made === 'done') yield* filesBelow(site, from, to, tally);
    }
  }
}

async function entriesOf(
  site: Site,
  folder: string,
  tally: Tally,
): Promise<Awaited<ReturnType<typeof listFolder>>> {
  let entries: Awaited<ReturnType<typeof listFolder>> = [];
  await tally.attempt(site, async () => {
    entries = await listFolder(folder);
  });
  return entries;
}

function remotePlace(folder: RemotePath, name: string, path: string): RemotePath {
  if (isEntryName(name)) return joinPath(folder, name);
  throw new Failure(`${path} was not copied: it has no name that a server could keep.`);
}

function isAbsent(error: unknown): boolean {
  return error instanceof RemoteFileError && error.reason === 'notFound';
}
